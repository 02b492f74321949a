/// Many users whose native balances are polled, and what their wallets have on the chain.
#pragma once

#include <map>

#include "store_contract.hpp"

namespace custodialbridge::store::many {

inline constexpr TokenId kEther{0};
inline constexpr std::size_t kUsers = 120;  // more than a segment needs
inline const Time kNoon{std::chrono::seconds(1'700'000'000)};
inline const Time kLater = kNoon + std::chrono::hours(24);
inline const Time kFirst{std::chrono::seconds(1)};  // what is due before this is due at once

inline Token ether() {
    Token token;
    token.chain = kChain;
    token.id = kEther;
    token.kind = TokenKind::native;
    token.sync_class = SyncClass::major;
    token.symbol = "ETH";
    token.decimals = 18;
    return token;
}

inline std::string user(std::size_t n) { return "user-" + std::to_string(1'000 + n); }

/// A ledger at block 100 with many users, and what their wallets have on the chain.
class ManyUsers {
  public:
    explicit ManyUsers(StoreHandle& store, std::size_t count = kUsers)
        : at(store.begin_at(100)), store_(store) {
        await(store_.chains().sync_tokens({erc20(kChain, kCpop, "T1"), ether()}, store_.soon()))
            .value();
        std::vector<NewWallet> given;
        for (std::size_t n = 0; n < count; ++n)
            given.push_back({{user(n)}, kChain, address_of(1 + n), {}});
        await(store_.wallets().import_all(given, store_.soon())).value();
        for (const DuePoll& one : due()) amounts[one.user.value] = 1'000;
    }

    Cursor at;
    std::map<std::string, U256> amounts;  // of each wallet of the user

    /// The plan that reads these as the chain is now.
    PollPlan plan(const std::vector<DuePoll>& polls, const std::vector<DueSegment>& segments,
                  std::uint64_t block) const {
        PollPlan plan{kChain, block_ref(block), at.epoch, kNoon + std::chrono::seconds(block), {}};
        for (const DuePoll& one : polls) plan.balances.push_back(read(one));
        for (const DueSegment& segment : segments) {
            plan.segments.push_back({segment.id, {}});
            for (const DuePoll& one : segment.polls)
                plan.segments.back().balances.push_back(read(one));
        }
        return plan;
    }
    PolledBalance read(const DuePoll& poll) const {
        PolledBalance balance{poll.user, poll.token, {}};
        for (const TrackedWallet& wallet : poll.wallets)
            balance.wallets.push_back({wallet.id, poll.token, amounts.at(poll.user.value)});
        return balance;
    }
    std::vector<PolledTotal> store(PollPlan plan) {
        return await(store_.committer().poll(std::move(plan), store_.soon())).value();
    }
    /// All that is due, at this block.
    std::vector<PolledTotal> poll_all(std::uint64_t block) {
        return store(plan(due(), segments(), block));
    }
    void mine(std::vector<WalletId> touched = {}) {
        const std::uint64_t next = at.block.number.value + 1;
        LedgerPlan block = PlanBuilder(kChain, at).block(next).build();
        block.native_touched = std::move(touched);
        auto commit = store_.committer().commit(block, Totals::not_wanted, store_.soon());
        at = await(std::move(commit)).value().cursor;
    }
    void unwind(std::uint64_t to) { at = store_.unwind(at, block_ref(to)).value().cursor; }

    std::vector<DuePoll> due(Time before = kLater) {
        return await(store_.polls().due(kChain, {{kEther, before, 1'000}}, store_.soon())).value();
    }
    std::vector<DueSegment> segments(Time before = kLater, std::size_t limit = 1'000) {
        auto due = store_.polls().due_segments(kChain, {{kEther, before, limit}}, store_.soon());
        return await(std::move(due)).value();
    }
    StoredBalance find(std::size_t n) { return store_.find(user(n), kEther); }
    /// As of which block it is known.
    std::optional<std::uint64_t> block_of(std::size_t n) {
        const StoredBalance found = find(n);
        if (!found.complete || !found.polled) return std::nullopt;
        return found.polled->version.block.value;
    }
    WalletId wallet_of(std::size_t n) {
        auto all = store_.polls().due_of(kChain, kEther, {{user(n)}}, kLater, store_.soon());
        return await(std::move(all)).value().front().wallets.front().id;
    }

  private:
    StoreHandle& store_;
};

}  // namespace custodialbridge::store::many
