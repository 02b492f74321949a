/// An operator's order to reverse a chain's ledger to a block and follow it again from there.
#pragma once

#include <functional>
#include <memory>

#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"
#include "custodialbridge/store/resume_orders.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

/// Any thread's loop may await.
class ResumeDesk {
  public:
    virtual ~ResumeDesk() = default;

    /// Leaves the order to whoever writes the chain, in this process or another, and waits for its
    /// end. `refused` with the reason, or `not_found` (no such chain, or no ledger of it yet):
    /// nothing was changed. `unavailable`: the order was not taken up until `taken_up_by` and was
    /// withdrawn, nothing was changed. `timed_out`: the outcome is not known.
    virtual Task<Result<void>> resume(ChainId chain, BlockNumber from, Deadline taken_up_by,
                                      Deadline by) = 0;
};

/// Everything outlives the desk. On `sync_loop`, `on_ordered` is called when an order waits, and
/// `on_resumed` when one was fulfilled and the board shows it.
struct ResumeParts {
    const ChainBoard& board;
    store::ResumeOrders& orders;
    runtime::Executor sync_loop;
    runtime::Clock& clock;
    std::function<void(ChainId)> on_ordered;
    std::function<void(ChainId)> on_resumed;
};
std::unique_ptr<ResumeDesk> make_resume_desk(ResumeParts parts);

}  // namespace custodialbridge::ledger
