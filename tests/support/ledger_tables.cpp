#include "support/ledger_tables.hpp"

namespace custodialbridge::testing {

Result<ChainRow*> LedgerTables::locked(ChainId chain, const Cursor& at) {
    const auto found = chains.find(chain);
    if (found == chains.end() || found->second.cursor() != at)
        return Error(Errc::conflict,
                     "the ledger does not stand at block " + std::to_string(at.block.number.value));
    return &found->second;
}

std::vector<const Wallet*> LedgerTables::wallets_of(const UserId& user, ChainId chain) const {
    std::vector<const Wallet*> held;
    for (const auto& [id, row] : wallets)
        if (!row.deleted && row.wallet.user == user && row.wallet.chain == chain)
            held.push_back(&row.wallet);
    return held;
}

void LedgerTables::unfollow(ChainId chain, TokenId token) {
    Token& held = tokens.at({chain, token});
    if (!held.realtime) return;
    held.realtime = false;
    const auto found = chains.find(chain);
    if (found == chains.end()) return;
    found->second.opened_tokens.erase(token);
    ++found->second.term;
}

void LedgerTables::reset_polls(const UserId& user, ChainId chain) {
    for (const auto& [id, token] : tokens)
        if (id.first == chain && is_polled(token)) polls[{user.value, chain, id.second}] = {};
}

void LedgerTables::sync_polls(const Token& token) {
    if (!is_polled(token))
        std::erase_if(polls, [&](const auto& row) {
            return std::get<1>(row.first) == token.chain && std::get<2>(row.first) == token.id;
        });
    if (!is_polled(token))
        std::erase_if(segments, [&](const auto& row) {
            return row.second.chain == token.chain && row.second.token == token.id;
        });
    else
        for (const auto& [id, row] : wallets)
            if (!row.deleted && row.wallet.chain == token.chain)
                polls.try_emplace({row.wallet.user.value, token.chain, token.id});
}

void LedgerTables::forget_polls(ChainId chain, BlockNumber ancestor) {
    for (auto& [id, row] : polls) {
        const bool above = row.read && row.read->version.block > ancestor;
        if (std::get<1>(id) == chain && above) row = {{}, row.touched, {}, 0};
    }
    for (auto& [id, row] : segments) {
        const bool above = row.read && row.read->version.block > ancestor;
        if (row.chain != chain || !above) continue;
        row.read.reset();
        row.tried_at = {};
    }
}

std::optional<store::PolledAsOf> LedgerTables::read_of(const PollRow& row) const {
    return row.segment ? segments.at(*row.segment).read : row.read;
}

Time LedgerTables::tried_at_of(const PollRow& row) const {
    return row.segment ? segments.at(*row.segment).tried_at : row.tried_at;
}

void LedgerTables::leave_segment(PollRow& row) const {
    row.read = read_of(row);
    row.tried_at = tried_at_of(row);
    row.segment.reset();
}

void LedgerTables::touch_polls(ChainId chain, const std::vector<WalletId>& named,
                               BlockNumber block) {
    for (const WalletId wallet : named)
        for (const auto& [id, token] : tokens) {
            const WalletRow& row = wallets.at(wallet);
            if (row.deleted || id.first != chain || token.kind != TokenKind::native) continue;
            const auto poll = polls.find({row.wallet.user.value, chain, id.second});
            if (poll == polls.end()) continue;
            leave_segment(poll->second);
            poll->second.touched = block;
            poll->second.tried_at = {};
            poll->second.failures = 0;
        }
}

bool LedgerTables::is_opened(ChainId chain, TokenId token) const {
    const auto found = chains.find(chain);
    return found != chains.end() && found->second.opened_tokens.contains(token);
}

const BalanceRow* LedgerTables::balance(WalletId wallet, TokenId token) const {
    const auto found = balances.find({wallet, token});
    return found == balances.end() ? nullptr : &found->second;
}

std::optional<store::PolledAsOf> LedgerTables::polled_as_of(const BalanceKey& key) const {
    const auto token = tokens.find({key.chain, key.token});
    const auto row = polls.find({key.user.value, key.chain, key.token});
    if (token == tokens.end() || token->second.realtime || row == polls.end()) return {};
    std::optional<store::PolledAsOf> as_of = read_of(row->second);
    if (as_of) as_of->touched = row->second.touched > as_of->version.block;
    return as_of;
}

store::StoredBalance LedgerTables::sum(const BalanceKey& key) const {
    store::StoredBalance sum;
    sum.cursor = chains.at(key.chain).state.cursor;
    sum.polled = polled_as_of(key);
    sum.complete = sum.polled || is_opened(key.chain, key.token);
    for (const Wallet* wallet : wallets_of(key.user, key.chain)) {
        ++sum.wallets;
        const BalanceRow* row = balance(wallet->id, key.token);
        const bool counts = sum.polled || (wallet->tracked_from && row != nullptr && row->known);
        if (row == nullptr || !counts) {
            sum.complete = false;
            continue;
        }
        sum.amount =
            checked_add(sum.amount, row->amount).value_or(std::numeric_limits<U256>::max());
    }
    sum.complete = sum.complete && sum.wallets > 0;
    return sum;
}

void LedgerTables::add_entry(ChainRow& chain, BlockNumber block, TokenId token, WalletId debit,
                             WalletId credit, const U256& amount, MoveKind kind,
                             std::uint32_t epoch, const std::optional<U256>& nft_id) {
    Move move;
    move.nft_id = nft_id;
    move.block = block;
    move.log_index = kNoLog;
    move.token = token;
    move.debit = debit;
    move.credit = credit;
    move.amount = amount;
    move.kind = kind;
    chain.journal.push_back({move, epoch, ++sequence, false});
}

void LedgerTables::add_difference(ChainRow& chain, const U256& from, const Observation& to,
                                  BlockNumber block, WalletId other_side, MoveKind kind,
                                  std::uint32_t epoch) {
    if (to.amount > from)
        add_entry(chain, block, to.token, other_side, to.wallet, to.amount - from, kind, epoch);
    else if (to.amount < from)
        add_entry(chain, block, to.token, to.wallet, other_side, from - to.amount, kind, epoch);
}

void LedgerTables::add_excesses(ChainRow& chain, const std::vector<Excess>& excesses,
                                std::uint32_t epoch) {
    for (const Excess& one : excesses) {
        const WalletId from = one.given ? one.wallet : kSuspense;
        const WalletId to = one.given ? kSuspense : one.wallet;
        add_entry(chain, one.block, one.token, from, to, one.amount, MoveKind::sync, epoch,
                  one.nft_id);
        if (one.nft_id)
            add_entry(chain, one.block, one.token, to, from, one.amount, MoveKind::sync, epoch);
    }
}

Result<std::vector<store::Shortfall>> LedgerTables::change(ChainRow& chain,
                                                           const std::map<BalanceId, Net>& changes,
                                                           std::uint32_t epoch) {
    std::vector<store::Shortfall> shortfalls;
    for (const auto& [id, net] : changes) {
        const auto found = balances.find(id);
        if (found == balances.end())
            return Error(Errc::corrupt, "wallet " + std::to_string(id.first.value) + ", token " +
                                            std::to_string(id.second.value) + ": no such balance");
        BalanceRow& row = found->second;
        const SignedAmount moved = difference(net.credit, net.debit);
        if (!moved.negative) {
            const U256 room = ~U256(0) - row.amount;
            if (moved.magnitude > room) {
                const U256 more = moved.magnitude - room;
                shortfalls.push_back({id.first, id.second, more, true});
                add_entry(chain, net.as_of, id.second, id.first, kSuspense, more, MoveKind::sync,
                          epoch);
                row.unsettled = row.known;
            }
            row.amount += std::min(moved.magnitude, room);
        } else if (moved.magnitude <= row.amount) {
            row.amount -= moved.magnitude;
        } else if (!row.known) {
            add_entry(chain, net.as_of, id.second, kOutside, id.first,
                      moved.magnitude - row.amount, MoveKind::opening, epoch);
            row.amount = 0;
        } else {
            const U256 missing = moved.magnitude - row.amount;
            shortfalls.push_back({id.first, id.second, missing});
            add_entry(chain, net.as_of, id.second, kSuspense, id.first, missing, MoveKind::sync,
                      epoch);
            row.amount = 0;
            row.unsettled = true;
        }
        row.as_of = net.as_of;
    }
    return shortfalls;
}

Result<void> LedgerTables::change(ChainRow& chain, const std::map<HoldingId, Net>& changes,
                                  std::uint32_t epoch) {
    for (const auto& [id, net] : changes) {
        const auto& [wallet, token, nft_id] = id;
        U256& amount = holdings[id];
        const SignedAmount moved = difference(net.credit, net.debit);
        if (!moved.negative) {
            const U256 room = ~U256(0) - amount;
            if (moved.magnitude > room)
                add_excesses(chain,
                             {{wallet, token, nft_id, moved.magnitude - room, true, net.as_of}},
                             epoch);
            amount += std::min(moved.magnitude, room);
        } else if (moved.magnitude <= amount) {
            amount -= moved.magnitude;
        } else {
            const U256 missing = moved.magnitude - amount;
            add_entry(chain, net.as_of, token, kSuspense, wallet, missing, MoveKind::sync, epoch,
                      nft_id);
            add_entry(chain, net.as_of, token, wallet, kSuspense, missing, MoveKind::sync, epoch);
            amount = 0;
        }
    }
    return {};
}

void LedgerTables::open_balance(ChainRow& chain, const Observation& seen,
                                const std::vector<HoldingObservation>& holdings_seen,
                                BlockNumber block, std::uint32_t epoch) {
    std::map<U256, std::pair<U256, U256>> both;
    for (const auto& [id, amount] : holdings)
        if (std::get<0>(id) == seen.wallet && std::get<1>(id) == seen.token)
            both[std::get<2>(id)].first = amount;
    for (const HoldingObservation& one : holdings_seen)
        if (one.wallet == seen.wallet && one.token == seen.token)
            both[one.nft_id].second = one.amount;
    const BalanceRow* held = balance(seen.wallet, seen.token);
    U256 more = seen.amount, less = held == nullptr ? U256(0) : held->amount;
    for (const auto& [nft_id, amounts] : both) {
        const auto& [before, after] = amounts;
        if (after > before)
            add_entry(chain, block, seen.token, kOutside, seen.wallet, after - before,
                      MoveKind::opening, epoch, nft_id);
        else if (after < before)
            add_entry(chain, block, seen.token, seen.wallet, kOutside, before - after,
                      MoveKind::opening, epoch, nft_id);
        less += after;
        more += before;
        holdings[{seen.wallet, seen.token, nft_id}] = after;
    }
    const Observation rest{seen.wallet, seen.token, more};
    add_difference(chain, less, rest, block, kOutside, MoveKind::opening, epoch);
    balances[{seen.wallet, seen.token}] = {seen.amount, block};
}

void LedgerTables::open_unknown(const UnknownBalance& unknown, BlockNumber block) {
    BalanceRow& row = balances[{unknown.wallet, unknown.token}];
    row = {row.amount, block, false, false, {}};
}

void LedgerTables::forget_learnt(ChainId chain, BlockNumber ancestor) {
    for (auto& [id, row] : balances) {
        const bool above = row.learnt_at > ancestor;
        if (above && wallets.at(id.first).wallet.chain == chain)
            row = {row.amount, row.as_of, false, false, {}};
    }
}

std::vector<store::UserTotal> LedgerTables::totals(ChainId chain,
                                                   const std::set<BalanceId>& changed) const {
    std::set<std::pair<std::string, TokenId>> touched;
    for (const auto& [wallet, token] : changed) {
        const WalletRow& row = wallets.at(wallet);
        if (!row.deleted && is_opened(chain, token)) touched.insert({row.wallet.user.value, token});
    }
    std::vector<store::UserTotal> totals;
    for (const auto& [user, token] : touched) {
        const BalanceKey key{{user}, chain, token};
        const store::StoredBalance total = sum(key);
        if (total.complete) totals.push_back({key, total.amount});
    }
    return totals;
}

Result<void> LedgerTables::insert_block(ChainRow& chain, const AppliedBlock& block,
                                        std::uint32_t epoch) {
    for (const BlockRow& row : chain.blocks) {
        const bool same_number = row.block.header.ref.number == block.header.ref.number;
        if (same_number && (row.epoch == epoch || !row.orphaned))
            return Error(Errc::corrupt, "block " + std::to_string(block.header.ref.number.value) +
                                            " is there twice");
    }
    chain.blocks.push_back({block, epoch, false});
    return {};
}

Result<void> LedgerTables::insert_move(ChainRow& chain, const Move& move, std::uint32_t epoch) {
    const bool has_wallet = move.debit.value > 0 || move.credit.value > 0;
    if (!has_wallet || move.kind > MoveKind::burn)
        return Error(Errc::corrupt, "a journal row breaks its checks");
    const ChainRow::Place place{move.block, epoch, move.log_index, move.sub_index};
    if (!chain.journal_places.insert(place).second)
        return Error(Errc::corrupt,
                     "a journal row is there twice: block " + std::to_string(move.block.value));
    chain.journal.push_back({move, epoch, 0, false});
    return {};
}

}  // namespace custodialbridge::testing
