#include "chain_calls.hpp"

#include "custodialbridge/core/hex.hpp"
#include "parse_chain.hpp"
#include "state_sync_logs.hpp"

namespace custodialbridge::rpc {

namespace {

using AllFacts = std::vector<BlockFacts>;
using Headers = std::vector<std::optional<BlockHeader>>;

constexpr std::chrono::minutes kWithoutBodies{1};  // then blocks are asked for with them again
constexpr std::chrono::minutes kByNumber{10};  // then logs are asked for by hash again

/// Headers and logs of one batch: calls 2i and 2i+1 are block i's, or call i is with headers alone.
class FactsReader {
  public:
    FactsReader(const std::vector<Hash32>& blocks, const LogFilter& filter)
        : blocks_(blocks), filter_(filter), headers_(blocks.size()), logs_(blocks.size()),
          parties_(blocks.size()) {}

    std::vector<Call> calls() const {
        std::vector<Call> out;
        out.reserve(2 * blocks_.size());
        for (const Hash32& block : blocks_) {
            out.push_back(filter_.parties ? whole_block_by_hash(block) : block_by_hash(block));
            if (with_logs()) out.push_back({"eth_getLogs", log_query(filter_, block)});
        }
        return out;
    }

    Result<void> read(std::size_t call, JsonValue& result) {
        const std::size_t block = with_logs() ? call / 2 : call;
        if (with_logs() && call % 2 == 1) {
            const LogChecks checks(filter_, blocks_[block]);
            CB_TRY(logs, parse_logs(result, checks, LogShare::some));
            logs_[block] = std::move(logs);
            return {};
        }
        std::vector<Address>* parties = filter_.parties ? &parties_[block] : nullptr;
        CB_TRY(header, parse_header(result, {.parties = parties}));
        headers_[block] = header;
        return {};
    }

    /// Nothing when logs are told; else why none are, though all headers are.
    std::optional<Error> refusal(const Endpoint::Outcomes& outcomes) const {
        if (!with_logs()) return std::nullopt;
        for (std::size_t i = 0; i < blocks_.size(); ++i)
            if (!headers_[i] || outcomes[2 * i + 1]) return std::nullopt;
        return outcomes[1].error();
    }

    Result<std::vector<BlockFacts>> facts(const Endpoint& endpoint) {
        std::vector<BlockFacts> out(blocks_.size());
        for (std::size_t i = 0; i < blocks_.size(); ++i) {
            if (!headers_[i])
                return Error(Errc::orphaned,
                             endpoint.name() + ": does not know block " + to_string(blocks_[i]));
            if (headers_[i]->ref.hash != blocks_[i])
                return contradiction(endpoint, "another block than asked for");
            for (const Log& log : logs_[i].logs)
                if (log.block.number != headers_[i]->ref.number)
                    return contradiction(endpoint, "a log with another block's number");
            out[i].header = *headers_[i];
            out[i].logs = std::move(logs_[i]);
            out[i].parties = std::move(parties_[i]);
        }
        return out;
    }

  private:
    bool with_logs() const { return !filter_.empty(); }

    const std::vector<Hash32>& blocks_;
    const LogFilter& filter_;
    Headers headers_;
    std::vector<LogBatch> logs_;
    std::vector<std::vector<Address>> parties_;
};

/// Logs of known blocks, asked for by number.
class NumberedLogs {
  public:
    NumberedLogs(AllFacts& facts, const LogFilter& filter)
        : facts_(facts), filter_(filter), headers_(facts.size()) {}

    /// Calls 2i and 2i+1 are block i's.
    std::vector<Call> calls() const {
        std::vector<Call> out;
        for (const BlockFacts& one : facts_) {
            const BlockNumber number = one.header.ref.number;
            out.push_back(block_by(to_quantity(number.value)));
            out.push_back({"eth_getLogs", log_query(filter_, number, number)});
        }
        return out;
    }

    Result<void> read(std::size_t call, JsonValue& result) {
        if (call % 2 == 0) {
            CB_TRY(header, parse_header(result));
            headers_[call / 2] = header;
            return {};
        }
        const LogChecks checks(filter_, facts_[call / 2].header.ref.hash);
        CB_TRY(logs, parse_logs(result, checks, LogShare::some));
        facts_[call / 2].logs = std::move(logs);
        return {};
    }

    bool are_canonical() const { return are_canonical(headers_); }
    bool are_canonical(const Headers& headers) const {
        for (std::size_t i = 0; i < facts_.size(); ++i)
            if (!headers[i] || headers[i]->ref != facts_[i].header.ref) return false;
        return true;
    }

  private:
    AllFacts& facts_;
    const LogFilter& filter_;
    Headers headers_;
};

Task<Result<AllFacts>> facts_by_hash(Endpoint& endpoint, const std::vector<Hash32>& blocks,
                                     const LogFilter& filter, std::optional<Error>& refusal,
                                     Deadline by) {
    FactsReader facts(blocks, filter);
    ResultReader reader = [&facts](std::size_t call, JsonValue& result) {
        return facts.read(call, result);
    };
    CB_CO_TRY(outcomes, co_await endpoint.send(facts.calls(), std::move(reader), by));
    refusal = facts.refusal(outcomes);
    CB_CO_CHECKED(all_of(outcomes));
    co_return facts.facts(endpoint);
}

/// The blocks are looked up by number beside their logs and after them: a node that has left one of
/// them meanwhile would answer another one's.
Task<Result<AllFacts>> facts_by_number(Endpoint& endpoint, const std::vector<Hash32>& blocks,
                                       const LogFilter& filter, Deadline by) {
    LogFilter no_logs;
    no_logs.parties = filter.parties;
    std::optional<Error> none;
    CB_CO_TRY(facts, co_await facts_by_hash(endpoint, blocks, no_logs, none, by));
    NumberedLogs logs(facts, filter);
    ResultReader reader = [&logs](std::size_t call, JsonValue& result) {
        return logs.read(call, result);
    };
    CB_CO_TRY(outcomes, co_await endpoint.send(logs.calls(), std::move(reader), by));
    for (std::size_t i = 0; i < outcomes.size(); i += 2) CB_CO_CHECKED(outcomes[i]);
    std::vector<BlockNumber> numbers;
    for (const BlockFacts& one : facts) numbers.push_back(one.header.ref.number);
    CB_CO_TRY(after, co_await numbered_headers(endpoint, std::move(numbers), by));
    if (!logs.are_canonical() || !logs.are_canonical(after))
        co_return Error(Errc::orphaned,
                        endpoint.name() + ": a block whose logs are asked for is not canonical");
    CB_CO_CHECKED(all_of(outcomes));
    co_return std::move(facts);
}

/// Whether a refusal may be meant for the block hash. Words that we do not know count only of a
/// node that has not told any logs by hash yet.
bool is_for_the_hash(const Endpoint& endpoint, Errc code) {
    if (code == Errc::invalid || code == Errc::unsupported) return true;
    const bool vague = code == Errc::unavailable || code == Errc::refused;
    return vague && endpoint.logs_by_hash == Support::unknown;
}

Task<Result<AllFacts>> facts_as_taken(Endpoint& endpoint, const std::vector<Hash32>& blocks,
                                      const LogFilter& filter, Deadline by) {
    if (filter.empty() || endpoint.logs_by_hash != Support::no ||
        endpoint.now() >= endpoint.ask_logs_by_hash) {
        std::optional<Error> refusal;
        const Instant paused = endpoint.health().paused_until();
        auto facts = co_await facts_by_hash(endpoint, blocks, filter, refusal, by);
        if (facts && !filter.empty()) endpoint.logs_by_hash = Support::yes;
        const bool rate_limited = endpoint.health().paused_until() != paused;
        if (facts || !refusal || rate_limited || !is_for_the_hash(endpoint, refusal->code()))
            co_return std::move(facts);
        auto by_number = co_await facts_by_number(endpoint, blocks, filter, by);
        if (!by_number) co_return std::move(facts);
        endpoint.logs_by_hash = Support::no;
        endpoint.ask_logs_by_hash = endpoint.now() + kByNumber;
        co_return std::move(by_number);
    }
    co_return co_await facts_by_number(endpoint, blocks, filter, by);
}

}  // namespace

/// Whether a failure may come of the transactions that were asked for.
bool is_for_the_bodies(Errc code) {
    return code != Errc::orphaned && code != Errc::timed_out;
}

/// Who the transactions name is good to know, and no reason to go without the facts.
Task<Result<AllFacts>> block_facts(Endpoint& endpoint, const std::vector<Hash32>& blocks,
                                   const LogFilter& filter, Deadline by) {
    LogFilter asked = filter;
    asked.parties = filter.parties && endpoint.now() >= endpoint.ask_whole_blocks;
    const Instant paused = endpoint.health().paused_until();
    auto read = co_await facts_as_taken(endpoint, blocks, asked, by);
    const bool rate_limited = endpoint.health().paused_until() != paused;
    if (!read && asked.parties && !rate_limited && is_for_the_bodies(read.error().code())) {
        asked.parties = false;
        auto without = co_await facts_as_taken(endpoint, blocks, asked, by);
        if (without) endpoint.ask_whole_blocks = endpoint.now() + kWithoutBodies;
        if (without) read = std::move(without);
    }
    if (read) count_state_sync(*read);
    if (read && !read->empty())
        endpoint.health().has_block(endpoint.now(), read->back().header.ref.number);
    co_return std::move(read);
}

}  // namespace custodialbridge::rpc
