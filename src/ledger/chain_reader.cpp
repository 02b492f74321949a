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

ReadFailure chain_failure(const Error& error) {
    const bool too_deep = error.code() == Errc::not_found;
    return {too_deep ? NoBalance::too_deep : NoBalance::chain_unavailable, error.message()};
}

class PinnedChainReader final : public ChainReader {
  public:
    PinnedChainReader(runtime::Executor sync_loop, rpc::RpcClient& rpc,
                      store::WalletDirectory& wallets, LedgerWriter& writer, const ChainTip& tip,
                      std::uint32_t confirmations, runtime::Clock& clock)
        : sync_loop_(std::move(sync_loop)), rpc_(rpc), wallets_(wallets), writer_(writer),
          tip_(tip), confirmations_(confirmations), clock_(clock) {
        CB_CHECK(confirmations_ > 0);
    }

    Task<ChainReadResult> read(UserId user, Token token, std::uint32_t confirmations,
                               Deadline by) override {
        if (confirmations == 0) confirmations = confirmations_;
        co_return co_await runtime::on(
            sync_loop_, read_here(std::move(user), std::move(token), confirmations, by));
    }

    Task<Result<BlockHeader>> header(BlockNumber number, Deadline by) override {
        auto asking = header_here(number, by);
        co_return co_await runtime::on(sync_loop_, std::move(asking));
    }

  private:
    Task<Result<BlockHeader>> header_here(BlockNumber number, Deadline by) {
        std::vector<BlockNumber> numbers{number};
        CB_CO_TRY(headers, co_await rpc_.headers_of(std::move(numbers), by));
        CB_CHECK(headers.size() == 1 && headers.front().ref.number == number);
        co_return std::move(headers.front());
    }

    Task<ChainReadResult> read_here(UserId user, Token token, std::uint32_t confirmations,
                                    Deadline by) {
        const auto page = co_await wallets_.of_user(std::move(user), tip_.chain(), std::nullopt,
                                                    limits::kListLimitMax, by);
        if (!page) co_return ReadFailure{NoBalance::unavailable, page.error().message()};
        if (page->wallets.empty()) co_return ChainRead{};
        if (page->next)
            co_return ReadFailure{NoBalance::unavailable,
                                  "a user with more than " +
                                      std::to_string(limits::kListLimitMax) +
                                      " wallets on one chain is not read at once"};
        if (token.kind == TokenKind::erc1155 && !token.nft_id)
            co_return ReadFailure{NoBalance::unavailable,
                                  "an erc1155 collection without nft_id has no balance to read"};
        std::vector<rpc::BalanceQuestion> questions;
        for (const Wallet& wallet : page->wallets)
            questions.push_back({wallet.address, token.address, token.nft_id});
        auto read = co_await read_canonical(std::move(questions), confirmations, by);
        if (!read) co_return chain_failure(read.error());
        co_return std::move(*read);
    }

    Task<Result<ChainRead>> read_canonical(std::vector<rpc::BalanceQuestion> questions,
                                           std::uint32_t confirmations, Deadline by) {
        Error last(Errc::orphaned, "the head kept changing");
        for (unsigned tries = 0; tries < kTriesWhenOrphaned; ++tries) {
            auto read = co_await read_once(questions, confirmations, by);
            if (read || read.error().code() != Errc::orphaned) co_return std::move(read);
            last = read.error();
        }
        co_return last;
    }

    Task<Result<ChainRead>> read_once(std::vector<rpc::BalanceQuestion> questions,
                                      std::uint32_t confirmations, Deadline by) {
        CB_CO_TRY(head, co_await rpc_.header(rpc::BlockTag::latest, by));
        BlockRef at = head.ref;
        if (confirmations > 1) {
            const std::uint64_t depth = confirmations - 1;
            if (depth > at.number.value)
                co_return Error(Errc::not_found, "the chain has only " +
                                                   std::to_string(at.number.value + 1) +
                                                   " blocks, " + std::to_string(confirmations) +
                                                   " confirmations are asked for");
            const BlockNumber number{at.number.value - depth};
            CB_CO_TRY(headers, co_await rpc_.headers(number, 1, by));
            if (headers.empty()) co_return Error(Errc::orphaned, "the block is gone");
            at = headers.front().ref;
        }
        ChainRead read;
        read.epoch = tip_.read().epoch;
        read.wallets = questions.size();
        CB_CO_TRY(answers, co_await rpc_.balances(at, std::move(questions), by));
        for (const rpc::BalanceAnswer& answer : answers) {
            if (!answer) co_return answer.error();
            const auto sum = checked_add(read.amount, *answer);
            if (!sum) co_return Error(Errc::invalid, "the balances sum to more than 2^256-1");
            read.amount = *sum;
        }
        read.block = at;
        read.head = head.ref.number.value;
        writer_.observed_ahead(at);
        co_await wait_for_ledger(at, by);
        co_return read;
    }

    Task<void> wait_for_ledger(const BlockRef& at, Deadline by) {
        const Deadline patience = by.at_most(clock_, kWaitForLedger);
        for (;;) {
            const ChainPosition position = tip_.read();
            const bool about_to = position.known && position.cursor.number < at.number &&
                                  at.number.value - position.cursor.number.value <=
                                      limits::kHeadersPerStepMax;
            if (!about_to || patience.passed(clock_)) co_return;
            co_await clock_.sleep_until(clock_.now() + kLookAgain);
        }
    }

    runtime::Executor sync_loop_;
    rpc::RpcClient& rpc_;
    store::WalletDirectory& wallets_;
    LedgerWriter& writer_;
    const ChainTip& tip_;
    const std::uint32_t confirmations_;  // when the caller does not say
    runtime::Clock& clock_;
};

}  // namespace

std::unique_ptr<ChainReader> make_chain_reader(runtime::Executor sync_loop, rpc::RpcClient& rpc,
                                               store::WalletDirectory& wallets,
                                               LedgerWriter& writer, const ChainTip& tip,
                                               std::uint32_t confirmations,
                                               runtime::Clock& clock) {
    return std::make_unique<PinnedChainReader>(std::move(sync_loop), rpc, wallets, writer, tip,
                                               confirmations, clock);
}

}  // namespace custodialbridge::ledger
