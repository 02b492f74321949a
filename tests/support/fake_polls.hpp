/// Polled balances in the fake store's tables, and the schedule over them.
#pragma once

#include "custodialbridge/store/poll_schedule.hpp"
#include "support/ledger_units.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

/// So many of a token that are stored at one block become a segment, and one of fewer ends.
inline constexpr std::size_t kSegmentLeast = 100;

Result<std::vector<store::PolledTotal>> store_polls(LedgerTables& tables, const PollPlan& plan);

using runtime::Deadline;
using runtime::Task;

class FakePolls final : public store::PollSchedule {
  public:
    FakePolls(const LedgerTables& tables, Script& script) : tables_(tables), script_(script) {}

    Task<Result<std::vector<store::DuePoll>>> due(ChainId chain,
                                                  std::vector<store::PollsBefore> before,
                                                  Deadline by) override;

    Task<Result<std::vector<store::DueSegment>>> due_segments(
        ChainId chain, std::vector<store::PollsBefore> before, Deadline by) override;

    Task<Result<std::vector<store::DuePoll>>> due_of(ChainId chain, TokenId token,
                                                     std::vector<UserId> users, Time tried_before,
                                                     Deadline by) override;

    Task<Result<std::vector<store::PolledToken>>> tokens(ChainId chain, Deadline by) override;

  private:
    static void sort(std::vector<store::DuePoll>& polls);

    enum class Members { with, without };

    std::vector<store::DuePoll> of_token(ChainId chain, TokenId token, Time tried_before,
                                         Members members) const;

    const LedgerTables& tables_;
    Script& script_;
};

}  // namespace custodialbridge::testing
