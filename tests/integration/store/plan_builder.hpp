/// PlanBuilder: a LedgerPlan from blocks and transfers, with the deltas that belong to them.
#pragma once

#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/core/ledger_plan.hpp"

namespace custodialbridge::store {

/// Another branch gives the same number another hash.
inline BlockRef block_ref(std::uint64_t number, std::string_view branch = "a") {
    return {BlockNumber{number}, keccak256(std::string(branch) + std::to_string(number))};
}

inline BlockHeader header(std::uint64_t number, std::string_view branch = "a") {
    BlockHeader made;
    made.ref = block_ref(number, branch);
    made.parent = block_ref(number - 1, branch).hash;
    made.timestamp = Time(std::chrono::seconds(1'700'000'000 + number * 12));
    return made;
}

class PlanBuilder {
  public:
    PlanBuilder(ChainId chain, Cursor expected) {
        plan_.chain = chain;
        plan_.expected = expected;
    }

    /// The next block; what follows happens in it.
    PlanBuilder& block(std::uint64_t number, std::string_view branch = "a") {
        plan_.blocks.push_back({header(number, branch), Completeness::proven});
        log_index_ = 0;
        return *this;
    }

    PlanBuilder& transfer(WalletId from, WalletId to, TokenId token, U256 amount,
                          MoveKind kind = MoveKind::transfer) {
        const BlockNumber at = plan_.blocks.back().header.ref.number;
        Move move{at,   log_index_,         0, token, from, to, amount, hash_of_log(at),
                  kind, EventType::transfer};
        if (kind == MoveKind::mint) move.event = EventType::mint;
        plan_.moves.push_back(move);
        ++log_index_;
        if (from != kOutside) add(from, token, at).debit += amount;
        if (to != kOutside) add(to, token, at).credit += amount;
        return *this;
    }

    PlanBuilder& nft(WalletId from, WalletId to, TokenId token, U256 id, U256 amount = 1) {
        transfer(from, to, token, amount);
        plan_.moves.back().nft_id = id;
        const BlockNumber at = plan_.blocks.back().header.ref.number;
        if (from != kOutside) holding(from, token, id, at).debit += amount;
        if (to != kOutside) holding(to, token, id, at).credit += amount;
        return *this;
    }

    PlanBuilder& touch(WalletId wallet, TokenId token) {
        plan_.touched.push_back({wallet, token});
        return *this;
    }

    PlanBuilder& deploy(WalletId wallet) {
        plan_.deployed.push_back(wallet);
        return *this;
    }

    PlanBuilder& announce(WalletId wallet, TokenId token, U256 amount) {
        const BlockNumber at = plan_.blocks.back().header.ref.number;
        plan_.announcements.push_back(
            {at, log_index_, wallet, token, amount, hash_of_log(at), EventType::mint});
        ++log_index_;
        return *this;
    }

    PlanBuilder& operate(WalletId wallet, U256 cost, const Address& entry_point) {
        announce(wallet, {}, cost);
        Announcement& told = plan_.announcements.back();
        told.token = std::nullopt;
        told.event = EventType::user_operation;
        told.contract = entry_point;
        return *this;
    }

    LedgerPlan build() const {
        LedgerPlan plan = plan_;
        for (const auto& [key, delta] : deltas_) plan.deltas.push_back(delta);
        for (const auto& [key, delta] : holdings_) plan.holdings.push_back(delta);
        return plan;
    }

  private:
    Hash32 hash_of_log(BlockNumber at) const {
        return keccak256(std::to_string(at.value) + "/" + std::to_string(log_index_));
    }

    BalanceDelta& add(WalletId wallet, TokenId token, BlockNumber at) {
        BalanceDelta& delta = deltas_[{wallet, token}];
        delta.wallet = wallet;
        delta.token = token;
        delta.last_block = at;
        return delta;
    }

    HoldingDelta& holding(WalletId wallet, TokenId token, const U256& id, BlockNumber at) {
        HoldingDelta& delta = holdings_[{wallet, token, id}];
        delta.wallet = wallet;
        delta.token = token;
        delta.nft_id = id;
        delta.last_block = at;
        return delta;
    }

    LedgerPlan plan_;
    std::uint32_t log_index_ = 0;
    std::map<std::pair<WalletId, TokenId>, BalanceDelta> deltas_;
    std::map<std::tuple<WalletId, TokenId, U256>, HoldingDelta> holdings_;
};

}  // namespace custodialbridge::store
