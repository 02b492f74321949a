#include "custodialbridge/rules/plan_blocks.hpp"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <iterator>
#include <string>
#include <utility>

#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::rules {

namespace {

struct Seen {
    const Log* log = nullptr;
    const FollowedToken* token = nullptr;
    TokenEvent event;
    bool announced = false;  // a Transfer that a Mint or Burn already names
};

bool same_transaction(const Log& a, const Log& b) {
    return a.tx_index == b.tx_index && a.block.number == b.block.number && a.tx_hash == b.tx_hash;
}

/// The zero-address Transfer that says the same as this Mint or Burn, if there is one left.
Seen* transfer_behind(std::span<Seen> seen, const Seen& notice) {
    for (Seen& other : seen) {
        const TokenEvent& transfer = other.event;
        if (transfer.type != EventType::transfer || other.announced ||
            other.token != notice.token || transfer.amount != notice.event.amount)
            continue;
        const bool mint = notice.event.type == EventType::mint;
        if (mint ? transfer.from.is_zero() && transfer.to == notice.event.to
                 : transfer.to.is_zero() && transfer.from == notice.event.from)
            return &other;
    }
    return nullptr;
}

MoveKind kind_of(const TokenEvent& event) {
    if (event.type == EventType::mint || event.from.is_zero()) return MoveKind::mint;
    if (event.type == EventType::burn || event.to.is_zero()) return MoveKind::burn;
    return MoveKind::transfer;
}

void add_move(const Watchlist& watchlist, const Seen& seen, LedgerPlan& plan) {
    const WalletId debit = watchlist.wallet(seen.event.from);
    const WalletId credit = watchlist.wallet(seen.event.to);
    if (debit == kOutside && credit == kOutside) return;
    const Log& log = *seen.log;
    plan.moves.push_back({log.block.number, log.log_index, 0, seen.token->token, debit, credit,
                          seen.event.amount, log.tx_hash, kind_of(seen.event), seen.event.type});
}

void add_announcement(const Watchlist& watchlist, const Seen& seen, LedgerPlan& plan) {
    const TokenEvent& event = seen.event;
    const WalletId wallet =
        watchlist.wallet(event.type == EventType::mint ? event.to : event.from);
    if (wallet == kOutside) return;
    const Log& log = *seen.log;
    plan.announcements.push_back({log.block.number, log.log_index, wallet, seen.token->token,
                                  event.amount, log.tx_hash, event.type});
}

}  // namespace

void MovePlanner::read_transaction(const LogBatch& batch, std::span<const Log> logs,
                                   LedgerPlan& plan) {
    static thread_local std::vector<Seen> seen;  // reused: one allocation for many transactions
    seen.clear();
    bool notices = false;
    for (const Log& log : logs) {
        const FollowedToken* token = watchlist_.token_of(log.address);
        if (token == nullptr) continue;
        Seen entry{&log, token, {}, false};
        const Decoded decoded = decode_erc20(log, batch.data_of(log), entry.event);
        if (decoded == Decoded::malformed) ++malformed_;
        if (decoded != Decoded::event) continue;
        notices = notices || entry.event.type != EventType::transfer;
        seen.push_back(entry);
    }
    for (Seen& entry : seen) {
        if (notices && entry.event.type != EventType::transfer) {
            if (Seen* transfer = transfer_behind(seen, entry)) {
                transfer->announced = true;
                add_announcement(watchlist_, entry, plan);
                continue;
            }
        }
        add_move(watchlist_, entry, plan);
    }
}

Result<void> MovePlanner::read(const LogBatch& batch, LedgerPlan& plan) {
    const std::span<const Log> logs(batch.logs);
    std::size_t first = 0;
    while (first < logs.size()) {
        std::size_t end = first + 1;
        while (end < logs.size() && same_transaction(logs[first], logs[end])) ++end;
        for (std::size_t i = std::max<std::size_t>(first, 1); i < end; ++i) {
            const Log& before = logs[i - 1];
            const Log& log = logs[i];
            const bool ascending =
                before.block.number < log.block.number ||
                (before.block.number == log.block.number && before.log_index < log.log_index);
            if (!ascending)
                return Error(Errc::corrupt, "logs out of order at block " +
                                                std::to_string(log.block.number.value) +
                                                ", log index " + std::to_string(log.log_index));
        }
        read_transaction(batch, logs.subspan(first, end - first), plan);
        first = end;
    }
    return {};
}

namespace {

struct DeltaKey {
    std::int64_t wallet;
    std::uint32_t token;
    bool operator==(const DeltaKey&) const = default;
};

struct DeltaKeyHash {
    std::size_t operator()(const DeltaKey& key) const noexcept {
        return static_cast<std::size_t>(key.wallet) * 0x9e3779b97f4a7c15ULL ^
               (std::size_t{key.token} * 0xc2b2ae3d27d4eb4fULL);
    }
};

using DeltaIndex = boost::unordered_flat_map<DeltaKey, std::size_t, DeltaKeyHash>;

BalanceDelta& delta_of(DeltaIndex& index, LedgerPlan& plan, WalletId wallet, const Move& move) {
    const auto [found, added] =
        index.try_emplace(DeltaKey{wallet.value, move.token.value}, plan.deltas.size());
    if (added) plan.deltas.push_back({wallet, move.token, 0, 0, move.block});
    BalanceDelta& delta = plan.deltas[found->second];
    delta.last_block = std::max(delta.last_block, move.block);
    return delta;
}

bool add_to(U256& sum, const U256& amount) {
    const auto total = checked_add(sum, amount);
    if (!total) return false;
    sum = *total;
    return true;
}

/// What both sides have in common is nothing to the balance.
void cancel_common(BalanceDelta& delta) {
    const U256 common = std::min(delta.credit, delta.debit);
    delta.credit -= common;
    delta.debit -= common;
}

/// False when the delta's net would not fit. A side alone may well not: a large supply that goes to
/// and fro.
bool add_to(BalanceDelta& delta, U256 BalanceDelta::*side, const U256& amount) {
    if (add_to(delta.*side, amount)) return true;
    cancel_common(delta);
    return add_to(delta.*side, amount);
}

bool add_to(BalanceDelta& sum, BalanceDelta delta) {
    if (!checked_add(sum.credit, delta.credit) || !checked_add(sum.debit, delta.debit))
        cancel_common(delta);
    return add_to(sum, &BalanceDelta::credit, delta.credit) &&
           add_to(sum, &BalanceDelta::debit, delta.debit);
}

}  // namespace

Result<void> sum_deltas(LedgerPlan& plan) {
    DeltaIndex index;
    plan.deltas.clear();
    for (const Move& move : plan.moves) {
        if (move.amount == 0 || move.debit == move.credit) continue;
        bool fits = true;
        if (move.debit.value > 0)
            fits = add_to(delta_of(index, plan, move.debit, move), &BalanceDelta::debit,
                          move.amount);
        if (move.credit.value > 0)
            fits = add_to(delta_of(index, plan, move.credit, move), &BalanceDelta::credit,
                          move.amount) && fits;
        if (!fits)
            return Error(Errc::corrupt,
                         "the moves of one wallet sum to more than 2^256-1 at block " +
                             std::to_string(move.block.value));
    }
    std::sort(plan.deltas.begin(), plan.deltas.end(), [](const auto& a, const auto& b) {
        return std::tie(a.wallet, a.token) < std::tie(b.wallet, b.token);
    });
    return {};
}

namespace {

std::pair<WalletId, TokenId> key_of(const BalanceDelta& delta) {
    return {delta.wallet, delta.token};
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

bool join_plans(LedgerPlan& first, LedgerPlan& second) {
    std::vector<BalanceDelta> deltas;
    deltas.reserve(first.deltas.size() + second.deltas.size());
    auto earlier = first.deltas.begin();
    for (const BalanceDelta& delta : second.deltas) {
        for (; earlier != first.deltas.end() && key_of(*earlier) < key_of(delta); ++earlier)
            deltas.push_back(*earlier);
        deltas.push_back(delta);
        if (earlier == first.deltas.end() || key_of(*earlier) != key_of(delta)) continue;
        if (!add_to(deltas.back(), *earlier)) return false;
        ++earlier;
    }
    deltas.insert(deltas.end(), earlier, first.deltas.end());
    first.deltas = std::move(deltas);
    append(first.blocks, second.blocks);
    append(first.moves, second.moves);
    append(first.announcements, second.announcements);
    return true;
}

}  // namespace custodialbridge::rules
