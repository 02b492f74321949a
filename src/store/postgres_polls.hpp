/// PollSchedule over PostgreSQL.
#pragma once

#include "custodialbridge/store/poll_schedule.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresPolls final : public PollSchedule {
  public:
    explicit PostgresPolls(Database& database) : database_(database) {}

    Task<Result<std::vector<DuePoll>>> due(ChainId chain, std::vector<PollsBefore> before,
                                           Deadline by) override;
    Task<Result<std::vector<DueSegment>>> due_segments(ChainId chain,
                                                       std::vector<PollsBefore> before,
                                                       Deadline by) override;
    Task<Result<std::vector<DuePoll>>> due_of(ChainId chain, TokenId token,
                                              std::vector<UserId> users, Time tried_before,
                                              Deadline by) override;
    Task<Result<std::vector<PolledToken>>> tokens(ChainId chain, Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store
