#include "pinned_reads.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/ledger/ledger_writer.hpp"

namespace custodialbridge::ledger {
namespace {

constexpr Millis kWaitForLedger{500};
constexpr Millis kLookAgain{5};
constexpr unsigned kTriesWhenOrphaned = 3;
constexpr std::size_t kIdsMax = 1'000;

ReadFailure chain_failure(const Error& error) {
    const bool too_deep = error.code() == Errc::not_found;
    return {too_deep ? NoBalance::too_deep : NoBalance::chain_unavailable, error.message()};
}

ReadFailure too_many_wallets() {
    return {NoBalance::unavailable, "a user with more than " +
                                        std::to_string(limits::kListLimitMax) +
                                        " wallets on one chain is not read at once"};
}

Result<U256> sum_of(const Result<U256>& sum, const rpc::BalanceAnswer& answer) {
    if (!sum) return sum.error();
    if (!answer) return answer.error();
    const auto both = checked_add(*sum, *answer);
    if (!both) return Error(Errc::invalid, "the balances sum to more than 2^256-1");
    return *both;
}

/// The questions of some readers, each once.
class Calls {
  public:
    /// Where its answer will be.
    std::size_t place_of(const rpc::BalanceQuestion& question) {
        const Key key{question.holder, question.contract, question.nft_id};
        const auto [found, is_new] = places_.try_emplace(key, questions_.size());
        if (is_new) questions_.push_back(question);
        return found->second;
    }
    std::vector<rpc::BalanceQuestion> take() { return std::move(questions_); }

  private:
    using Key = std::tuple<Address, Address, std::optional<U256>>;
    std::map<Key, std::size_t> places_;
    std::vector<rpc::BalanceQuestion> questions_;
};

}  // namespace

struct PinnedReads::Reader {
    const PinnedQuestion* question;
    ChainReadResult* result;
    std::vector<store::UserAddress> holders;
    std::vector<std::size_t> answers;  ///< places of what sums to the balance
};

struct PinnedReads::Round {
    std::vector<PinnedQuestion> questions;
    std::vector<ChainReadResult> results;
    std::vector<Reader> readers;

    void fail_all(const ReadFailure& failure) {
        for (ChainReadResult& result : results) result = failure;
    }
};

bool is_collection(const Token& token) {
    return token.kind == TokenKind::erc1155 && !token.nft_id;
}

Task<std::vector<ChainReadResult>> PinnedReads::read(std::vector<PinnedQuestion> questions,
                                                     Deadline by) {
    Round round;
    round.questions = std::move(questions);
    round.results.resize(round.questions.size(), ChainRead{});
    const auto found = co_await find_holders(round, by);
    if (!found) round.fail_all({NoBalance::unavailable, found.error().message()});
    std::map<std::uint32_t, Readers> by_depth;
    if (found)
        for (Reader& reader : round.readers)
            by_depth[reader.question->confirmations].push_back(&reader);
    for (auto& [confirmations, readers] : by_depth)
        co_await read_canonical(std::move(readers), confirmations, by);
    co_return std::move(round.results);
}

Task<Result<void>> PinnedReads::find_holders(Round& round, Deadline by) {
    std::vector<UserId> users;
    for (const PinnedQuestion& question : round.questions) users.push_back(question.user);
    const std::size_t one_too_many = limits::kListLimitMax + 1;
    CB_CO_TRY(found, co_await parts_.wallets.addresses_of(parts_.tip.chain(), std::move(users),
                                                          one_too_many, by));
    std::vector<std::vector<store::UserAddress>> holders(round.questions.size());
    for (const store::UserAddress& one : found) holders[one.user].push_back(one);
    for (std::size_t i = 0; i < holders.size(); ++i) {
        if (holders[i].size() == one_too_many) round.results[i] = too_many_wallets();
        if (holders[i].empty() || holders[i].size() == one_too_many) continue;
        round.readers.push_back(
            {&round.questions[i], &round.results[i], std::move(holders[i]), {}});
    }
    co_return Result<void>();
}

Task<void> PinnedReads::read_canonical(Readers readers, std::uint32_t confirmations, Deadline by) {
    Error last(Errc::orphaned, "the head kept changing");
    for (unsigned tries = 0; tries < kTriesWhenOrphaned; ++tries) {
        const auto read = co_await read_once(readers, confirmations, by);
        if (read) co_return;
        last = read.error();
        if (last.code() != Errc::orphaned) break;
    }
    for (Reader* reader : readers) *reader->result = chain_failure(last);
}

/// What fails for one reader alone is its own result.
Task<Result<void>> PinnedReads::read_once(Readers readers, std::uint32_t confirmations,
                                          Deadline by) {
    CB_CO_TRY(head, co_await parts_.rpc.header(rpc::BlockTag::latest, by));
    CB_CO_TRY(at, co_await block_below(head.ref, confirmations, by));
    const std::uint32_t epoch = parts_.tip.read().epoch;
    const bool usual = confirmations <= parts_.confirmations;
    Calls calls;
    Readers asking;
    for (Reader* reader : readers) {
        if (is_collection(*reader->question->token)) co_await wait_for_ledger(at, by);
        const auto wanted = co_await calls_of(*reader, by);
        if (!wanted) {
            *reader->result = chain_failure(wanted.error());
            continue;
        }
        reader->answers.clear();
        for (const auto& question : *wanted) reader->answers.push_back(calls.place_of(question));
        asking.push_back(reader);
    }
    if (asking.empty()) co_return Result<void>();
    CB_CO_TRY(answers, co_await parts_.rpc.balances(at, calls.take(), by));
    for (Reader* reader : asking) {
        Result<U256> sum = U256(0);
        for (const std::size_t place : reader->answers) sum = sum_of(sum, answers[place]);
        if (sum)
            *reader->result = ChainRead{*sum, at, epoch, head.ref.number.value, usual,
                                        reader->holders.size()};
        else
            *reader->result = chain_failure(sum.error());
        if (sum && usual && is_polled(*reader->question->token)) leave(*reader, at, answers);
    }
    parts_.writer.observed_ahead(at);
    co_return Result<void>();
}

/// A polled balance that somebody asked for is as good as one that was due.
void PinnedReads::leave(const Reader& reader, const BlockRef& at,
                        const std::vector<rpc::BalanceAnswer>& answers) {
    PolledBalance balance{reader.question->user, reader.question->token->id, {}};
    for (std::size_t i = 0; i < reader.holders.size(); ++i)
        balance.wallets.push_back(
            {reader.holders[i].wallet, balance.token, *answers[reader.answers[i]]});
    parts_.desk.leave({at, parts_.clock.wall(), std::move(balance)});
}

/// The canonical one with so many confirmations below this head.
Task<Result<BlockRef>> PinnedReads::block_below(BlockRef head, std::uint32_t confirmations,
                                                Deadline by) {
    if (confirmations <= 1) co_return head;
    const std::uint64_t depth = confirmations - 1;
    if (depth > head.number.value)
        co_return Error(Errc::not_found, "the chain has only " +
                                             std::to_string(head.number.value + 1) + " blocks, " +
                                             std::to_string(confirmations) +
                                             " confirmations are asked for");
    const BlockNumber number{head.number.value - depth};
    CB_CO_TRY(headers, co_await parts_.rpc.headers(number, 1, by));
    if (headers.empty()) co_return Error(Errc::orphaned, "the block is gone");
    co_return headers.front().ref;
}

Task<Result<std::vector<rpc::BalanceQuestion>>> PinnedReads::calls_of(const Reader& reader,
                                                                      Deadline by) {
    const Token& token = *reader.question->token;
    std::vector<std::optional<U256>> ids{token.nft_id};
    if (is_collection(token)) {
        BalanceKey key{reader.question->user, parts_.tip.chain(), token.id};
        CB_CO_TRY(held, co_await held_ids(std::move(key), by));
        ids = std::move(held);
    }
    std::vector<rpc::BalanceQuestion> questions;
    for (const store::UserAddress& holder : reader.holders)
        for (const auto& id : ids) questions.push_back({holder.address, token.address, id});
    co_return std::move(questions);
}

/// As of the block that the ledger has come to, at least.
Task<Result<std::vector<std::optional<U256>>>> PinnedReads::held_ids(BalanceKey key, Deadline by) {
    CB_CO_TRY(stored, co_await parts_.balances.find(key, by));
    if (!stored.complete)
        co_return Error(Errc::unavailable, "the ledger does not know yet which ids of the "
                                           "collection the user holds");
    const store::NftPlace start{key.chain, key.token, 0};
    std::vector<std::optional<U256>> ids{U256(0)};  // the list begins after it
    CB_CO_TRY(page, co_await parts_.balances.nfts(key.user, key.chain, start, kIdsMax, by));
    for (const store::HeldNft& held : page.items)
        if (held.token == key.token) ids.push_back(held.nft_id);
    if (page.more && page.items.back().token == key.token)
        co_return Error(Errc::unavailable, "more than " + std::to_string(kIdsMax) +
                                               " ids of a collection are not read at once");
    co_return std::move(ids);
}

Task<void> PinnedReads::wait_for_ledger(BlockRef at, Deadline by) {
    const Deadline patience = by.at_most(parts_.clock, kWaitForLedger);
    for (;;) {
        const ChainPosition position = parts_.tip.read();
        const bool about_to = position.known && position.cursor.number < at.number &&
                              at.number.value - position.cursor.number.value <=
                                  limits::kHeadersPerStepMax;
        if (!about_to || patience.passed(parts_.clock)) co_return;
        co_await parts_.clock.sleep_until(std::min(parts_.clock.now() + kLookAgain, patience.at));
    }
}

}  // namespace custodialbridge::ledger
