#include "custodialbridge/ledger/chain_reader.hpp"

#include "custodialbridge/core/check.hpp"
#include "custodialbridge/core/limits.hpp"
#include "custodialbridge/ledger/ledger_writer.hpp"
#include "custodialbridge/runtime/run_together.hpp"

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

/// Whose balance of what is read, and where.
struct Asked {
    BalanceKey key;
    Token token;
    std::vector<Address> holders;
};

class PinnedChainReader final : public ChainReader {
  public:
    explicit PinnedChainReader(ChainReaderParts parts) : parts_(std::move(parts)) {
        CB_CHECK(parts_.confirmations > 0);
    }

    Task<ChainReadResult> read(UserId user, Token token, std::uint32_t confirmations,
                               Deadline by) override {
        if (confirmations == 0) confirmations = parts_.confirmations;
        co_return co_await runtime::on(
            parts_.sync_loop, read_here(std::move(user), std::move(token), confirmations, by));
    }

    Task<Result<BlockHeader>> header(BlockNumber number, Deadline by) override {
        auto asking = header_here(number, by);
        co_return co_await runtime::on(parts_.sync_loop, std::move(asking));
    }

  private:
    Task<Result<BlockHeader>> header_here(BlockNumber number, Deadline by) {
        std::vector<BlockNumber> numbers{number};
        CB_CO_TRY(headers, co_await parts_.rpc.headers_of(std::move(numbers), by));
        CB_CHECK(headers.size() == 1 && headers.front().ref.number == number);
        co_return std::move(headers.front());
    }

    Task<ChainReadResult> read_here(UserId user, Token token, std::uint32_t confirmations,
                                    Deadline by) {
        const auto page = co_await parts_.wallets.of_user(user, parts_.tip.chain(), std::nullopt,
                                                    limits::kListLimitMax, by);
        if (!page) co_return ReadFailure{NoBalance::unavailable, page.error().message()};
        if (page->wallets.empty()) co_return ChainRead{};
        if (page->next)
            co_return ReadFailure{NoBalance::unavailable,
                                  "a user with more than " +
                                      std::to_string(limits::kListLimitMax) +
                                      " wallets on one chain is not read at once"};
        Asked asked{{user, parts_.tip.chain(), token.id}, token, {}};
        for (const Wallet& wallet : page->wallets) asked.holders.push_back(wallet.address);
        auto read = co_await read_canonical(asked, confirmations, by);
        if (!read) co_return chain_failure(read.error());
        co_return std::move(*read);
    }

    /// As of the block that the ledger has come to, at least.
    Task<Result<std::vector<rpc::BalanceQuestion>>> questions(const Asked& asked, Deadline by) {
        const Token& token = asked.token;
        std::vector<std::optional<U256>> ids{token.nft_id};
        if (token.kind == TokenKind::erc1155 && !token.nft_id) {
            CB_CO_TRY(held, co_await held_ids(asked.key, by));
            ids = std::move(held);
        }
        std::vector<rpc::BalanceQuestion> questions;
        for (const Address& holder : asked.holders)
            for (const auto& id : ids) questions.push_back({holder, token.address, id});
        co_return std::move(questions);
    }

    Task<Result<std::vector<std::optional<U256>>>> held_ids(const BalanceKey& key, Deadline by) {
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

    Task<Result<ChainRead>> read_canonical(const Asked& asked, std::uint32_t confirmations,
                                           Deadline by) {
        Error last(Errc::orphaned, "the head kept changing");
        for (unsigned tries = 0; tries < kTriesWhenOrphaned; ++tries) {
            auto read = co_await read_once(asked, confirmations, by);
            if (read || read.error().code() != Errc::orphaned) co_return std::move(read);
            last = read.error();
        }
        co_return last;
    }

    Task<Result<ChainRead>> read_once(const Asked& asked, std::uint32_t confirmations,
                                      Deadline by) {
        CB_CO_TRY(head, co_await parts_.rpc.header(rpc::BlockTag::latest, by));
        BlockRef at = head.ref;
        if (confirmations > 1) {
            const std::uint64_t depth = confirmations - 1;
            if (depth > at.number.value)
                co_return Error(Errc::not_found, "the chain has only " +
                                                   std::to_string(at.number.value + 1) +
                                                   " blocks, " + std::to_string(confirmations) +
                                                   " confirmations are asked for");
            const BlockNumber number{at.number.value - depth};
            CB_CO_TRY(headers, co_await parts_.rpc.headers(number, 1, by));
            if (headers.empty()) co_return Error(Errc::orphaned, "the block is gone");
            at = headers.front().ref;
        }
        ChainRead read;
        read.epoch = parts_.tip.read().epoch;
        read.wallets = asked.holders.size();
        const bool by_id = asked.token.kind == TokenKind::erc1155 && !asked.token.nft_id;
        if (by_id) co_await wait_for_ledger(at, by);  // it knows the ids
        CB_CO_TRY(questions, co_await this->questions(asked, by));
        CB_CO_TRY(answers, co_await parts_.rpc.balances(at, std::move(questions), by));
        for (const rpc::BalanceAnswer& answer : answers) {
            if (!answer) co_return answer.error();
            const auto sum = checked_add(read.amount, *answer);
            if (!sum) co_return Error(Errc::invalid, "the balances sum to more than 2^256-1");
            read.amount = *sum;
        }
        read.block = at;
        read.head = head.ref.number.value;
        parts_.writer.observed_ahead(at);
        co_await wait_for_ledger(at, by);
        co_return read;
    }

    Task<void> wait_for_ledger(const BlockRef& at, Deadline by) {
        const Deadline patience = by.at_most(parts_.clock, kWaitForLedger);
        for (;;) {
            const ChainPosition position = parts_.tip.read();
            const bool about_to = position.known && position.cursor.number < at.number &&
                                  at.number.value - position.cursor.number.value <=
                                      limits::kHeadersPerStepMax;
            if (!about_to || patience.passed(parts_.clock)) co_return;
            co_await parts_.clock.sleep_until(parts_.clock.now() + kLookAgain);
        }
    }

    ChainReaderParts parts_;
};

}  // namespace

std::unique_ptr<ChainReader> make_chain_reader(ChainReaderParts parts) {
    return std::make_unique<PinnedChainReader>(std::move(parts));
}

}  // namespace custodialbridge::ledger
