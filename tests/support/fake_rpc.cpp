#include "support/fake_rpc.hpp"

namespace custodialbridge::testing {

Task<Result<BlockHeader>> FakeRpc::header(rpc::BlockTag tag, Deadline by) {
    const std::string call = tag == rpc::BlockTag::latest ? "header" : "tagged_header";
    CB_CO_CHECKED(co_await script.pass(Point::arriving, call, by));
    if (tag != rpc::BlockTag::latest && !has_tags)
        co_return Error(Errc::unsupported, "no such tag");
    BlockHeader answer = chain_.at(number_of(tag))->header;
    if (forge && tag == rpc::BlockTag::latest) forge(answer);
    CB_CO_CHECKED(co_await script.pass(Point::answering, call, by));
    co_return answer;
}

Task<Result<std::vector<BlockHeader>>> FakeRpc::headers(BlockNumber first, std::uint32_t count,
                                                        Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "headers", by));
    std::vector<BlockHeader> answer;
    for (std::uint64_t i = 0; i < count && first.value + i <= head(); ++i)
        if (const ModelBlock* block = chain_.at(first.value + i)) answer.push_back(block->header);
    CB_CO_CHECKED(co_await script.pass(Point::answering, "headers", by));
    co_return answer;
}

Task<Result<std::vector<BlockHeader>>> FakeRpc::headers_of(std::vector<BlockNumber> blocks,
                                                           Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "headers_of", by));
    std::vector<BlockHeader> answer;
    for (const BlockNumber number : blocks) {
        const ModelBlock* block = number.value <= head() ? chain_.at(number.value) : nullptr;
        if (block == nullptr) co_return Error(Errc::unavailable, "no such block");
        answer.push_back(block->header);
    }
    CB_CO_CHECKED(co_await script.pass(Point::answering, "headers_of", by));
    co_return answer;
}

Task<Result<std::vector<rpc::BlockFacts>>> FakeRpc::facts(std::vector<Hash32> blocks,
                                                          LogFilter filter, Deadline by,
                                                          rpc::Plausible plausible) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "facts", by));
    std::vector<rpc::BlockFacts> answer;
    for (const Hash32& hash : blocks) {
        const ModelBlock* block = known(hash);
        if (block == nullptr) co_return Error(Errc::orphaned, "unknown block");
        rpc::BlockFacts facts;
        facts.header = block->header;
        if (bloom) facts.header.logs_bloom = *bloom;
        const bool proven = proves && !unprovable.contains(block->header.ref.number.value);
        if (proven) facts.completeness = Completeness::proven;
        facts.has_proven_receipts = proven && block->header.logs_bloom != Bloom{};
        if (proven || filter.parties) facts.parties = block->parties;
        if (!proven) facts.unprovable = why_unproven;
        if (logs_late == 0) append_matching(*block, filter, facts.logs);
        if (state_synced.contains(block->header.ref.number.value) && !facts.logs.logs.empty()) {
            facts.outside_root = 1;
            facts.has_state_sync = true;
            facts.completeness = Completeness::claimed;
            facts.has_proven_receipts = false;
        }
        answer.push_back(std::move(facts));
    }
    if (logs_late > 0) --logs_late;
    for (const rpc::BlockFacts& facts : answer)
        if (plausible && !plausible(facts)) co_return Error(Errc::corrupt, "not plausible");
    for (rpc::BlockFacts& facts : answer)
        if (facts.unprovable == rpc::Unprovable::new_fields)
            facts.completeness = Completeness::checked;
    CB_CO_CHECKED(co_await script.pass(Point::answering, "facts", by));
    co_return answer;
}

Task<Result<LogBatch>> FakeRpc::logs(BlockNumber first, BlockNumber last, LogFilter filter,
                                     Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "logs", by));
    ranges.push_back({first.value, last.value});
    if (last.value > head()) co_return Error(Errc::unavailable, "above the head");
    if (last.value - first.value + 1 > log_range_max)
        co_return Error(Errc::limited, "too many blocks");
    LogBatch answer;
    for (std::uint64_t number = first.value; number <= last.value; ++number)
        if (const ModelBlock* block = chain_.at(number)) append_matching(*block, filter, answer);
    if (answer.logs.size() > logs_max) co_return Error(Errc::limited, "too many logs");
    if (lie) lie(answer);
    CB_CO_CHECKED(co_await script.pass(Point::answering, "logs", by));
    co_return answer;
}

Task<Result<std::vector<BlockHeader>>> FakeRpc::headers_of_logs(BlockNumber first,
                                                                BlockNumber last, LogFilter filter,
                                                                rpc::WantedBlocks wanted,
                                                                Deadline by) {
    CB_CO_TRY(batch, co_await logs(first, last, std::move(filter), by));
    CB_CO_TRY(blocks, co_await wanted(batch));
    std::vector<BlockNumber> numbers;
    for (const BlockRef& block : blocks) numbers.push_back(block.number);
    if (numbers.empty() || numbers.back() != last) numbers.push_back(last);
    CB_CO_TRY(headers, co_await headers_of(std::move(numbers), by));
    for (std::size_t i = 0; i < blocks.size(); ++i)
        if (headers[i].ref != blocks[i]) co_return Error(Errc::unavailable, "logs of no block");
    co_return std::move(headers);
}

Task<Result<std::vector<rpc::BalanceAnswer>>> FakeRpc::balances(
    BlockRef at, std::vector<rpc::BalanceQuestion> questions, Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "balances", by));
    const ModelBlock* block = known(at.hash);
    if (block == nullptr) co_return Error(Errc::orphaned, "unknown block");
    if (state_depth && at.number.value + *state_depth < head())
        co_return Error(Errc::unsupported, "missing trie node");
    balances_asked += questions.size();
    if (questions.size() > most_questions)
        co_return Error(Errc::timed_out, "so many balances take too long");
    std::vector<rpc::BalanceAnswer> answer;
    for (const rpc::BalanceQuestion& question : questions) {
        if (silent_holders.contains(question.holder)) co_return Error(Errc::timed_out, "no answer");
        const auto made = deployed_at.find(question.contract);
        const bool is_there = made == deployed_at.end() || made->second <= at.number.value;
        if (question.of_code)
            answer.push_back(U256(is_there ? 1 : 0));
        else if (!is_there)
            answer.push_back(Error(Errc::invalid, "an answer without data"));
        else if (unreadable.contains(question.contract) ||
                 unreadable_holders.contains(question.holder))
            answer.push_back(Error(Errc::invalid, "execution reverted"));
        else if (unanswered_holders.contains(question.holder))
            answer.push_back(Error(Errc::unavailable, "internal error"));
        else
            answer.push_back(answer_to(*block, question));
    }
    CB_CO_CHECKED(co_await script.pass(Point::answering, "balances", by));
    co_return answer;
}

std::uint64_t FakeRpc::head() const {
    return std::max(chain_.first(), chain_.height() - std::min(behind, chain_.height()));
}

rpc::BalanceAnswer FakeRpc::answer_to(const ModelBlock& block,
                                      const rpc::BalanceQuestion& question) {
    const auto& [holder, contract, nft_id, by_owner, of_code] = question;
    if (!nft_id) return ModelChain::balance_in(block.state, contract, holder);
    if (!by_owner) return ModelChain::holding_in(block.nfts, contract, holder, *nft_id);
    for (const auto& [key, amount] : block.nfts)
        if (std::get<0>(key) == contract && std::get<2>(key) == *nft_id && amount > 0)
            return U256(std::get<1>(key) == holder ? 1 : 0);
    return Error(Errc::invalid, "execution reverted: nobody owns it");
}

std::uint64_t FakeRpc::number_of(rpc::BlockTag tag) const {
    if (tag == rpc::BlockTag::latest) return head();
    if (tag == rpc::BlockTag::finalized && finalized_at) return *finalized_at;
    const std::uint64_t depth = tag == rpc::BlockTag::safe ? safe_depth : finalized_depth;
    return std::max(chain_.first(), head() - std::min(depth, head()));
}

const ModelBlock* FakeRpc::known(const Hash32& hash) const {
    const ModelBlock* block = chain_.ever(hash);
    if (block == nullptr || !chain_.is_canonical(block->header.ref)) return nullptr;
    return block->header.ref.number.value <= head() ? block : nullptr;
}

bool FakeRpc::matches(const Log& log, const LogFilter& filter) {
    const auto has = [](const auto& all, const auto& one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    for (std::size_t place = 0; place < filter.topics.size(); ++place) {
        const auto& wanted = filter.topics[place];
        if (wanted.empty()) continue;
        if (log.topic_count <= place || !has(wanted, log.topics[place])) return false;
    }
    return has(filter.addresses, log.address);
}

void FakeRpc::append_matching(const ModelBlock& block, const LogFilter& filter, LogBatch& out) {
    for (Log log : block.logs.logs) {
        if (!matches(log, filter)) continue;
        const auto data = block.logs.data_of(log);
        log.data_offset = static_cast<std::uint32_t>(out.data.size());
        out.data.insert(out.data.end(), data.begin(), data.end());
        out.logs.push_back(log);
    }
}

}  // namespace custodialbridge::testing
