#include "pool_rpc_client.hpp"

#include <algorithm>

#include "chain_calls.hpp"
#include "pinned_read.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

namespace {

std::vector<BlockNumber> numbers_of(const std::vector<BlockRef>& blocks, BlockNumber last) {
    std::vector<BlockNumber> numbers;
    for (const BlockRef& block : blocks) numbers.push_back(block.number);
    if (numbers.empty() || numbers.back() != last) numbers.push_back(last);
    return numbers;
}

/// Whether the logs stand in these blocks.
bool stand_in(const std::vector<BlockRef>& blocks, const std::vector<BlockHeader>& headers) {
    for (std::size_t i = 0; i < blocks.size(); ++i)
        if (headers[i].ref != blocks[i]) return false;
    return true;
}

constexpr std::string_view kOtherBlocks = "the block of a range's log";

/// What a range is asked for with.
struct RangeQuestion {
    BlockNumber first, last;
    const LogFilter& filter;
    const WantedBlocks& wanted;

    /// Both from the one endpoint, which contradicts itself when they do not fit.
    Task<Result<std::vector<BlockHeader>>> put_to(Endpoint& endpoint, Deadline attempt,
                                                  Deadline by) const {
        const auto patience = attempt.left(endpoint.clock());
        LogBatch logs;
        if (!filter.empty()) {
            CB_CO_TRY(told, co_await ranged_logs(endpoint, first, last, filter, attempt));
            logs = std::move(told);
        }
        CB_CO_TRY(blocks, co_await wanted(logs));
        auto numbers = numbers_of(blocks, last);
        const Deadline again{std::min(by.at, endpoint.now() + patience)};
        CB_CO_TRY(headers, co_await all_headers(endpoint, std::move(numbers), again));
        if (!stand_in(blocks, headers))
            co_return contradiction(endpoint, "logs of another block than its header says");
        co_return std::move(headers);
    }
};

}  // namespace

PoolRpcClient::PoolRpcClient(std::vector<std::unique_ptr<Endpoint>> endpoints,
                             const Settings& settings, runtime::Clock& clock)
    : clock_(clock),
      pool_(std::move(endpoints), {settings.call_timeout, settings.connect_timeout}, clock),
      multicall_(settings.multicall3),
      proof_(settings.proof),
      second_opinion_(pool_, settings.chain, proof_) {
    for (const auto& endpoint : pool_.endpoints())
        endpoint->is_alone = pool_.endpoints().size() == 1;
    if (settings.quorum > 1)
        quorum_.emplace(pool_, multicall_, proof_, settings.quorum, clock_);
}

Task<Result<BlockHeader>> PoolRpcClient::header(BlockTag tag, Deadline by) {
    if (quorum_) co_return co_await quorum_->header(tag, by);
    if (tag == BlockTag::latest) co_return co_await latest(by);
    EndpointPool::Operation<BlockHeader> ask = [tag](Endpoint& endpoint, Deadline attempt) {
        return tagged_header(endpoint, tag, attempt);
    };
    const Need need;
    auto header = co_await pool_.run(need, std::move(ask), by);
    co_return unless_answered_lately(tag, std::move(header));
}

/// That those endpoints which can be asked just now lack a tag says nothing while one is away that
/// has it.
Result<BlockHeader> PoolRpcClient::unless_answered_lately(BlockTag tag,
                                                          Result<BlockHeader> header) const {
    if (header || header.error().code() != Errc::unsupported) return header;
    for (const auto& endpoint : pool_.endpoints())
        if (memory_of(*endpoint, tag).was_answered_lately(clock_.now()))
            return Error(Errc::orphaned, header.error().message());
    return header;
}

Task<Result<BlockHeader>> PoolRpcClient::latest(Deadline by) {
    Endpoint* answered = nullptr;
    EndpointPool::Operation<BlockHeader> ask = [&answered](Endpoint& endpoint, Deadline attempt) {
        answered = &endpoint;
        return tagged_header(endpoint, BlockTag::latest, attempt);
    };
    const Need need;
    auto header = co_await pool_.run(need, std::move(ask), by);
    if (!header || pool_.endpoints().size() < 2) co_return std::move(header);
    if (answered->health().head_age(clock_.now()) < kStaleHead) co_return std::move(header);
    co_return co_await newer_elsewhere(*answered, *header, by);
}

/// A node that stands still answers as readily as one whose chain does. So its old head is compared
/// with the other endpoints', and when one of them is ahead, it is put aside for a while.
Task<Result<BlockHeader>> PoolRpcClient::newer_elsewhere(Endpoint& stale, BlockHeader latest,
                                                         Deadline by) {
    if (clock_.now() - looked_around_ < kLookAround) co_return latest;
    looked_around_ = clock_.now();
    const Need need;
    const std::vector<Endpoint*> others = pool_.candidates(need);
    for (Endpoint* other : others) {
        if (other == &stale) continue;
        const Deadline attempt = pool_.share(*other, by, 1);
        if (!co_await pool_.admit(*other, attempt)) continue;
        auto header = co_await tagged_header(*other, BlockTag::latest, attempt);
        if (!header || header->ref.number <= latest.ref.number) continue;
        stale.health().fell_behind(clock_.now());
        latest = *header;
    }
    co_return latest;
}

Task<Result<std::vector<BlockHeader>>> PoolRpcClient::headers(BlockNumber first,
                                                              std::uint32_t count, Deadline by) {
    if (quorum_) co_return co_await quorum_->headers(first, count, by);
    EndpointPool::Operation<std::vector<BlockHeader>> ask = [first, count](Endpoint& endpoint,
                                                                           Deadline attempt) {
        return linked_headers(endpoint, first, count, attempt);
    };
    Need need;
    need.block = first;
    co_return co_await pool_.run(need, std::move(ask), by);
}

Task<Result<std::vector<BlockHeader>>> PoolRpcClient::headers_of(std::vector<BlockNumber> blocks,
                                                                 Deadline by) {
    if (blocks.empty()) co_return std::vector<BlockHeader>();
    if (quorum_) co_return co_await quorum_->headers_of(std::move(blocks), by);
    Need need;
    need.block = *std::max_element(blocks.begin(), blocks.end());
    EndpointPool::Operation<std::vector<BlockHeader>> ask = [&blocks](Endpoint& endpoint,
                                                                      Deadline attempt) {
        return all_headers(endpoint, blocks, attempt);
    };
    co_return co_await pool_.run(need, std::move(ask), by);
}

Task<Result<std::vector<BlockFacts>>> PoolRpcClient::facts(std::vector<Hash32> blocks,
                                                           LogFilter filter, Deadline by,
                                                           Plausible plausible) {
    if (blocks.empty()) co_return std::vector<BlockFacts>();
    if (quorum_)
        co_return co_await quorum_->facts(std::move(blocks), std::move(filter), by,
                                          std::move(plausible));
    Result<std::vector<BlockFacts>> facts = Error(Errc::unavailable, "nobody was asked");
    for (std::size_t tries = 0; tries < pool_.endpoints().size(); ++tries) {
        Endpoint* teller = nullptr;
        facts = co_await told_facts(blocks, filter, by, plausible, teller);
        if (!facts) break;
        facts = co_await second_opinion_.on(std::move(*facts), *teller, filter, by);
        if (facts) break;
    }
    co_return std::move(facts);
}

/// One endpoint's, who is then `teller`.
Task<Result<std::vector<BlockFacts>>> PoolRpcClient::told_facts(const std::vector<Hash32>& blocks,
                                                                const LogFilter& filter,
                                                                Deadline by,
                                                                const Plausible& plausible,
                                                                Endpoint*& teller) {
    auto unproven = ProvenRead::Unproven::passed;
    EndpointPool::Operation<std::vector<BlockFacts>> ask = [&](Endpoint& endpoint,
                                                               Deadline attempt) {
        teller = &endpoint;
        return plausible_facts(endpoint, proof_, unproven, blocks, filter, plausible, attempt);
    };
    const Need need;
    const bool another_may_prove =
        proof_ == Proof::automatic && pool_.endpoints().size() > 1 && !filter.empty();
    Result<std::vector<BlockFacts>> facts = Error(Errc::corrupt, "nobody was asked for a proof");
    if (another_may_prove) facts = co_await pool_.run(need, ask, by);
    unproven = ProvenRead::Unproven::claimed;
    if (!facts && facts.error().code() == Errc::corrupt) facts = co_await pool_.run(need, ask, by);
    const bool is_about_roots = !facts && proof_ == Proof::automatic &&
                                facts.error().code() == Errc::unavailable &&
                                give_up_roots(pool_.endpoints());
    if (is_about_roots) facts = co_await pool_.run(need, ask, by);
    co_return std::move(facts);
}

Task<Result<LogBatch>> PoolRpcClient::logs(BlockNumber first, BlockNumber last, LogFilter filter,
                                           Deadline by) {
    if (last < first) co_return Error(Errc::invalid, "logs of an empty range");
    if (filter.empty()) co_return LogBatch();
    EndpointPool::Operation<LogBatch> ask = [&](Endpoint& endpoint, Deadline attempt) {
        return ranged_logs(endpoint, first, last, filter, attempt);
    };
    Need need;
    need.block = last;
    need.stop_when_limited = true;
    co_return co_await pool_.run(need, std::move(ask), by);
}

Task<Result<std::vector<BlockHeader>>> PoolRpcClient::headers_of_logs(
    BlockNumber first, BlockNumber last, LogFilter filter, WantedBlocks wanted, Deadline by) {
    if (last < first) co_return Error(Errc::invalid, "logs of an empty range");
    if (quorum_) co_return co_await agreed_headers_of_logs(first, last, filter, wanted, by);
    const RangeQuestion question{first, last, filter, wanted};
    EndpointPool::Operation<std::vector<BlockHeader>> ask = [&](Endpoint& endpoint,
                                                                Deadline attempt) {
        return question.put_to(endpoint, attempt, by);
    };
    Need need;
    need.block = last;
    need.stop_when_limited = true;
    co_return co_await pool_.run(need, std::move(ask), by);
}

/// One endpoint's logs, and headers that a quorum agrees on: those do not lie.
Task<Result<std::vector<BlockHeader>>> PoolRpcClient::agreed_headers_of_logs(
    BlockNumber first, BlockNumber last, const LogFilter& filter, const WantedBlocks& wanted,
    Deadline by) {
    Endpoint* answered = nullptr;
    EndpointPool::Operation<LogBatch> ask = [&](Endpoint& endpoint, Deadline attempt) {
        answered = &endpoint;
        return ranged_logs(endpoint, first, last, filter, attempt);
    };
    Need need;
    need.block = last;
    need.stop_when_limited = true;
    for (std::size_t tries = 0; tries < pool_.endpoints().size(); ++tries) {
        LogBatch logs;
        if (!filter.empty()) {
            CB_CO_TRY(told, co_await pool_.run(need, ask, by));
            logs = std::move(told);
        }
        CB_CO_TRY(blocks, co_await wanted(logs));
        auto numbers = numbers_of(blocks, last);
        CB_CO_TRY(headers, co_await quorum_->headers_of(std::move(numbers), by));
        if (stand_in(blocks, headers)) co_return std::move(headers);
        pool_.disagrees(*answered, kOtherBlocks);
    }
    co_return Error(Errc::unavailable, "no endpoint's logs stand in the blocks of a quorum");
}

Task<Result<std::vector<BalanceAnswer>>> PoolRpcClient::balances(
    BlockRef at, std::vector<BalanceQuestion> questions, Deadline by) {
    if (questions.empty()) co_return std::vector<BalanceAnswer>();
    if (quorum_) co_return co_await quorum_->balances(at, std::move(questions), by);
    std::optional<PinnedRead> read;  // of the endpoint being asked
    EndpointPool::Operation<std::vector<BalanceAnswer>> ask = [&](Endpoint& endpoint,
                                                                  Deadline attempt) {
        read.emplace(endpoint, multicall_, at, questions, attempt);
        return read->run();
    };
    Need need;
    need.block = at.number;
    co_return co_await pool_.run(need, std::move(ask), by);
}

}  // namespace custodialbridge::rpc
