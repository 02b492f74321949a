/// Which daemon writes a chain's ledger. Any number may share a database: one writes, the others
/// stand by.
#pragma once

#include <cstdint>
#include <optional>

#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

/// The lead is held until this object or its connection to the database is gone. Every unit of
/// work names the term that it was planned under, so what a former writer still sends is refused.
class ChainLead {
  public:
    virtual ~ChainLead() = default;

    /// Takes the lead, or makes sure that we still have it: the term, higher than any before and
    /// the same as long as it is held. Nothing while another daemon has it. What was loaded before
    /// a term began is not to be planned from. `not_found` when the chain has no ledger yet.
    virtual Task<Result<std::optional<std::uint64_t>>> hold(ChainId chain, Deadline by) = 0;

    /// The same, under a new term: a unit of work that was sent before, and whose end is not known,
    /// has ended when this answers, or will be refused.
    virtual Task<Result<std::optional<std::uint64_t>>> renew(ChainId chain, Deadline by) = 0;
};

}  // namespace custodialbridge::store
