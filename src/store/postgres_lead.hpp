/// PostgresLead: the lead as an advisory lock of one session of our own.
///
/// A lock rather than a row that expires: it depends on nobody's clock, and the server lets go of
/// it at once when the daemon is killed, or when keep-alives find its machine gone.
#pragma once

#include <map>
#include <memory>

#include "custodialbridge/store/chain_lead.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresLead final : public ChainLead {
  public:
    explicit PostgresLead(Database& database) : database_(database) {}

    Task<Result<std::optional<std::uint64_t>>> hold(ChainId chain, Deadline by) override;
    Task<Result<std::optional<std::uint64_t>>> renew(ChainId chain, Deadline by) override;

  private:
    enum class Wanted { any_term, new_term };

    Task<Result<std::optional<std::uint64_t>>> ask(ChainId chain, Wanted wanted, Deadline by);
    Result<std::optional<std::uint64_t>> ask_now(ChainId chain, Wanted wanted, Deadline by);
    Result<void> connect(Deadline by);
    Result<bool> still_holds(ChainId chain, std::uint64_t term, Deadline by);
    Result<std::optional<std::uint64_t>> take(ChainId chain, Deadline by);
    Result<std::optional<std::uint64_t>> begin_term(ChainId chain, Deadline by);
    void lose_all();

    Database& database_;
    std::unique_ptr<Connection> session_;  // this and the terms are the thread's
    std::map<ChainId, std::uint64_t> terms_;
    runtime::BlockingPool thread_{"the lead", 1, 256};
};

}  // namespace custodialbridge::store
