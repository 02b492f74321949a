/// Operators' orders to reverse a chain's ledger to a block and follow the chain again from there.
///
/// An order is a row, whoever gives it, so that it reaches the daemon that writes the chain. An
/// unwind that names it fulfils it in its own commit (UnwindPlan).
#pragma once

#include <optional>
#include <string>

#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

struct ResumeOrder {
    ResumeId id;
    BlockNumber from;
    friend bool operator==(const ResumeOrder&, const ResumeOrder&) = default;
};

struct ResumeOutcome {
    std::optional<std::string> refusal;  ///< none: the ledger was reversed
    std::uint32_t epoch = 0;             ///< the ledger's since then, unless refused
    friend bool operator==(const ResumeOutcome&, const ResumeOutcome&) = default;
};

class ResumeOrders {
  public:
    virtual ~ResumeOrders() = default;

    /// Leaves an order; after `patience` it does not wait any more. `not_found` when the chain has
    /// no ledger yet.
    virtual Task<Result<ResumeId>> order(ChainId chain, BlockNumber from, Millis patience,
                                         Deadline by) = 0;

    /// The oldest that waits.
    virtual Task<Result<std::optional<ResumeOrder>>> waiting(ChainId chain, Deadline by) = 0;

    /// Ends an order that was neither fulfilled nor refused yet: what it asked for will not happen.
    /// Waits for an unwind that is just fulfilling it. `outcome` tells what came of it.
    virtual Task<Result<void>> refuse(ResumeId id, std::string why, Deadline by) = 0;

    /// None: not ended yet.
    virtual Task<Result<std::optional<ResumeOutcome>>> outcome(ResumeId id, Deadline by) = 0;
};

}  // namespace custodialbridge::store
