/// What every store promises, whatever it is made of: a suite over a factory.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "plan_builder.hpp"

namespace custodialbridge::store {

/// Runs a task to its end on a loop of its own.
template <class T>
T await(Task<T> task) {
    boost::asio::io_context loop;
    auto result = boost::asio::co_spawn(loop, std::move(task), boost::asio::use_future);
    loop.run();
    return result.get();
}

/// An empty store of its own.
class StoreUnderTest {
  public:
    virtual ~StoreUnderTest() = default;
    virtual Postgres& ports() = 0;

    /// Another daemon's way to lead on the same database.
    virtual std::unique_ptr<ChainLead> other_lead() = 0;
    virtual runtime::Clock& clock() = 0;
};

struct StoreFactory {
    const char* name;
    std::unique_ptr<StoreUnderTest> (*make)();
    friend std::ostream& operator<<(std::ostream& out, const StoreFactory& factory) {
        return out << factory.name;
    }
};

inline constexpr ChainId kChain{31337};
inline constexpr TokenId kCpop{1};
inline constexpr TokenId kGold{7};

inline Address address_of(std::uint64_t n) {
    Address address;
    for (std::size_t i = 0; i < 8; ++i)
        address.bytes[19 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    address.bytes[0] = 0xcb;
    return address;
}

/// A followed ERC-20 with an address of its own.
inline Token erc20(ChainId chain, TokenId id, std::string symbol) {
    Token token;
    token.chain = chain;
    token.id = id;
    token.kind = TokenKind::erc20;
    token.sync_class = SyncClass::cpop;
    token.symbol = std::move(symbol);
    token.decimals = 18;
    token.address = address_of(0xc0de'0000 + id.value);
    token.realtime = true;
    token.mismatch_threshold = 1'000'000;
    token.on_difference = OnDifference::mismatch;
    return token;
}

/// The calls of a store, awaited, with short names; a user per wallet unless said otherwise.
class StoreHandle {
  public:
    explicit StoreHandle(StoreUnderTest& store) : store_(store) {}

    Deadline soon(Millis patience = Millis(20'000)) {
        return Deadline::after(store_.clock(), patience);
    }
    ChainLead& lead() { return store_.ports().lead(); }
    ChainStore& chains() { return store_.ports().chains(); }
    WalletDirectory& wallets() { return store_.ports().wallets(); }
    BalanceStore& balances() { return store_.ports().balances(); }
    JournalReader& journal() { return store_.ports().journal(); }
    PlanCommitter& committer() { return store_.ports().committer(); }
    AuditStore& audit() { return store_.ports().audit(); }
    ResumeOrders& resumes() { return store_.ports().resumes(); }
    PollSchedule& polls() { return store_.ports().polls(); }
    TokenBook& token_book() { return store_.ports().token_book(); }

    Cursor begin_at(std::uint64_t number, std::vector<TokenId> tokens = {kCpop}) {
        std::vector<Token> known;
        for (const TokenId token : tokens)
            known.push_back(erc20(kChain, token, "T" + std::to_string(token.value)));
        await(chains().sync_tokens(known, soon())).value();
        const Cursor at = await(chains().begin(kChain, {header(number)}, soon())).value().cursor;
        for (const TokenId token : tokens) {
            const OpeningPlan none{kChain, at, {}, {}};
            await(committer().open_token(none, token, true, soon())).value();
        }
        return at;
    }
    WalletId put(std::string user, std::uint64_t address) {
        auto put = wallets().put({std::move(user)}, kChain, address_of(address), true, soon());
        return await(std::move(put)).value().wallet.id;
    }
    Result<Committed> open(Cursor at, WalletId wallet,
                           std::vector<std::pair<TokenId, U256>> amounts) {
        OpeningPlan plan{kChain, at, {wallet}, {}};
        for (const auto& [token, amount] : amounts)
            plan.balances.push_back({wallet, token, amount});
        return await(committer().open(std::move(plan), soon()));
    }
    WalletId put_open(Cursor at, std::string user, std::uint64_t address, U256 amount) {
        const WalletId wallet = put(std::move(user), address);
        open(at, wallet, {{kCpop, amount}}).value();
        return wallet;
    }
    Result<Committed> commit(const PlanBuilder& plan, Totals totals = Totals::wanted) {
        return await(committer().commit(plan.build(), totals, soon()));
    }
    Result<Committed> unwind(Cursor from, BlockRef to) {
        return await(committer().unwind(UnwindPlan{kChain, from, to}, soon()));
    }
    Result<Committed> adjust(Cursor at, WalletId wallet, U256 amount,
                             MoveKind kind = MoveKind::sync) {
        AdjustmentPlan plan{kChain, at, kind, {{wallet, kCpop, amount}}};
        return await(committer().adjust(std::move(plan), soon()));
    }
    StoredBalance find(std::string user, TokenId token = kCpop) {
        BalanceKey key{{std::move(user)}, kChain, token};
        return await(balances().find(std::move(key), soon())).value();
    }
    U256 amount(std::string user, TokenId token = kCpop) {
        const StoredBalance found = find(std::move(user), token);
        EXPECT_TRUE(found.complete);
        return found.amount;
    }
    std::string journal_sum(WalletId wallet, TokenId token = kCpop) {
        return to_string(await(balances().journal_sum(wallet, token, soon())).value());
    }
    std::vector<BalanceName> unsettled() {
        std::vector<BalanceName> names;
        auto all = balances().unsettled(kChain, WalletId{0}, 100, soon());
        for (const Unsettled& one : await(std::move(all)).value()) names.push_back(one.name);
        return names;
    }
    PastBalance balance_at(std::string user, AsOf at, TokenId token = kCpop) {
        BalanceKey key{{std::move(user)}, kChain, token};
        return await(journal().balance_at(std::move(key), at, soon())).value();
    }
    /// Of all pages, one after the other.
    std::vector<LedgerChange> changes(ChangeQuery query, std::size_t limit = 100) {
        query.limit = limit;
        return all_pages<LedgerChange>([&](const std::optional<JournalPlace>& after) {
            query.after = after;
            return await(journal().changes(query, soon())).value();
        });
    }
    std::vector<LedgerEvent> events(EventQuery query, std::size_t limit = 100) {
        query.limit = limit;
        return all_pages<LedgerEvent>([&](const std::optional<JournalPlace>& after) {
            query.after = after;
            return await(journal().events(query, soon())).value();
        });
    }
    ChainState state() { return *await(chains().load(kChain, soon())).value(); }
    Cursor cursor() { return state().cursor; }
    std::vector<BlockRef> below(std::uint64_t newest, std::uint32_t count = 1000) {
        return await(chains().blocks_below(kChain, {newest}, count, soon())).value();
    }
    std::vector<BlockRef> recent(std::uint32_t count = 1000) {
        return await(chains().recent_blocks(kChain, count, soon())).value();
    }

  private:
    template <class Item, class Ask>
    static std::vector<Item> all_pages(Ask ask) {
        std::vector<Item> all;
        std::optional<JournalPlace> after;
        do {
            JournalPage<Item> page = ask(after);
            EXPECT_FALSE(page.next && page.items.empty());
            all.insert(all.end(), page.items.begin(), page.items.end());
            after = page.next;
        } while (after);
        return all;
    }

    StoreUnderTest& store_;
};

class StoreContract : public ::testing::TestWithParam<StoreFactory> {
  protected:
    std::unique_ptr<StoreUnderTest> under_test_ = GetParam().make();
    StoreHandle store_{*under_test_};
};

using Adjusting = StoreContract;
using AnyHistory = StoreContract;
using Collecting = StoreContract;
using Committing = StoreContract;
using Comparing = StoreContract;
using Correcting = StoreContract;
using Following = StoreContract;
using Importing = StoreContract;
using Leading = StoreContract;
using Learning = StoreContract;
using Opening = StoreContract;
using OpeningTokens = StoreContract;
using Past = StoreContract;
using PastEvents = StoreContract;
using Polling = StoreContract;
using Registering = StoreContract;
using Resuming = StoreContract;
using Segmenting = StoreContract;
using Unwinding = StoreContract;

/// All of the suites, over a StoreFactory.
#define CB_STORE_CONTRACT(name, factory)                                     \
    INSTANTIATE_TEST_SUITE_P(name, Adjusting, ::testing::Values(factory));     \
    INSTANTIATE_TEST_SUITE_P(name, AnyHistory, ::testing::Values(factory));    \
    INSTANTIATE_TEST_SUITE_P(name, Collecting, ::testing::Values(factory));    \
    INSTANTIATE_TEST_SUITE_P(name, Committing, ::testing::Values(factory));    \
    INSTANTIATE_TEST_SUITE_P(name, Comparing, ::testing::Values(factory));     \
    INSTANTIATE_TEST_SUITE_P(name, Correcting, ::testing::Values(factory));    \
    INSTANTIATE_TEST_SUITE_P(name, Following, ::testing::Values(factory));     \
    INSTANTIATE_TEST_SUITE_P(name, Importing, ::testing::Values(factory));     \
    INSTANTIATE_TEST_SUITE_P(name, Leading, ::testing::Values(factory));       \
    INSTANTIATE_TEST_SUITE_P(name, Learning, ::testing::Values(factory));      \
    INSTANTIATE_TEST_SUITE_P(name, Opening, ::testing::Values(factory));       \
    INSTANTIATE_TEST_SUITE_P(name, OpeningTokens, ::testing::Values(factory)); \
    INSTANTIATE_TEST_SUITE_P(name, Past, ::testing::Values(factory));          \
    INSTANTIATE_TEST_SUITE_P(name, PastEvents, ::testing::Values(factory));    \
    INSTANTIATE_TEST_SUITE_P(name, Polling, ::testing::Values(factory));       \
    INSTANTIATE_TEST_SUITE_P(name, Registering, ::testing::Values(factory));   \
    INSTANTIATE_TEST_SUITE_P(name, Resuming, ::testing::Values(factory));      \
    INSTANTIATE_TEST_SUITE_P(name, Segmenting, ::testing::Values(factory));    \
    INSTANTIATE_TEST_SUITE_P(name, Unwinding, ::testing::Values(factory))

/// The code of a failed result, or nothing.
template <class T>
std::optional<Errc> failure(const Result<T>& result) {
    if (result) return std::nullopt;
    return result.error().code();
}

}  // namespace custodialbridge::store
