#include "support/fake_polls.hpp"

namespace custodialbridge::testing {

bool store_polled(LedgerTables& tables, ChainRow& chain, const PollPlan& plan,
                  const Observation& seen) {
    const BalanceRow* held = tables.balance(seen.wallet, seen.token);
    if (held != nullptr && held->amount == seen.amount) return false;
    tables.add_difference(chain, held == nullptr ? U256(0) : held->amount, seen, plan.at.number,
                          kOutside, held == nullptr ? MoveKind::opening : MoveKind::sync,
                          plan.epoch);
    tables.balances[{seen.wallet, seen.token}] = {seen.amount, plan.at.number};
    return true;
}

bool are_the_users(const LedgerTables& tables, ChainId chain, const PolledBalance& balance) {
    std::set<WalletId> read, held;
    for (const Observation& wallet : balance.wallets) read.insert(wallet.wallet);
    for (const Wallet* wallet : tables.wallets_of(balance.user, chain)) held.insert(wallet->id);
    return read == held;
}

Result<std::vector<store::PolledTotal>> store_polls(LedgerTables& tables, const PollPlan& plan) {
    ChainRow& chain = tables.chains.at(plan.chain);
    const bool canonical =
        chain.state.cursor.epoch == plan.epoch &&
        std::any_of(chain.blocks.begin(), chain.blocks.end(), [&](const BlockRow& row) {
            return !row.orphaned && row.block.header.ref == plan.at;
        });
    if (!canonical) return Error(Errc::conflict, "not one of the canonical blocks");
    const Version here{plan.epoch, plan.at.number};
    std::vector<store::PolledTotal> totals;
    for (const PolledBalance& balance : plan.balances) {
        const PollId id{balance.user.value, plan.chain, balance.token};
        const auto token = tables.tokens.find({plan.chain, balance.token});
        if (token == tables.tokens.end() || !is_polled(token->second)) continue;
        PollRow& row = tables.polls[id];
        if (row.read && row.read->version.block > plan.at.number) continue;
        if (!are_the_users(tables, plan.chain, balance)) continue;
        if (balance.wallets.empty()) {
            tables.polls.erase(id);
            continue;
        }
        const bool changed_later =
            std::any_of(balance.wallets.begin(), balance.wallets.end(), [&](const auto& wallet) {
                const BalanceRow* held = tables.balance(wallet.wallet, wallet.token);
                return held != nullptr && held->as_of > plan.at.number;
            });
        if (changed_later) continue;
        store::PolledTotal total{{balance.user, plan.chain, balance.token}, 0, false};
        for (const Observation& wallet : balance.wallets) {
            total.changed = store_polled(tables, chain, plan, wallet) || total.changed;
            total.amount = checked_add(total.amount, wallet.amount).value_or(~U256(0));
        }
        row.read = store::PolledAsOf{here, plan.at.hash, plan.read_at, false};
        row.tried_at = row.touched > plan.at.number ? Time{} : plan.read_at;
        row.failures = 0;
        totals.push_back(std::move(total));
    }
    for (const MissedPoll& missed : plan.missed) {
        const auto row = tables.polls.find({missed.user.value, plan.chain, missed.token});
        if (row == tables.polls.end()) continue;
        row->second.tried_at = missed.tried_at;
        ++row->second.failures;
    }
    return totals;
}

Task<Result<std::vector<store::DuePoll>>> FakePolls::due(ChainId chain,
                                                         std::vector<store::PollsBefore> before,
                                                         Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "due", by));
    std::vector<store::DuePoll> all;
    for (const store::PollsBefore& asked : before) {
        auto found = of_token(chain, asked.token, asked.tried_before);
        found.resize(std::min(found.size(), asked.limit));
        all.insert(all.end(), found.begin(), found.end());
    }
    sort(all);
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "due", by));
    co_return all;
}

Task<Result<std::vector<store::DuePoll>>> FakePolls::due_of(ChainId chain, TokenId token,
                                                            std::vector<UserId> users,
                                                            Time tried_before, Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "due_of", by));
    std::vector<store::DuePoll> all = of_token(chain, token, tried_before);
    std::erase_if(all, [&](const store::DuePoll& one) {
        return std::find(users.begin(), users.end(), one.user) == users.end();
    });
    co_return all;
}

Task<Result<std::vector<store::PolledToken>>> FakePolls::tokens(ChainId chain, Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "polled_tokens", by));
    std::map<TokenId, store::PolledToken> all;
    for (const auto& [id, row] : tables_.polls) {
        if (std::get<1>(id) != chain) continue;
        const TokenId token = std::get<2>(id);
        store::PolledToken& counted = all[token];
        counted.token = token;
        ++counted.users;
        counted.unread += !row.read;
        if (row.tried_at == Time{}) continue;
        counted.oldest =
            counted.oldest == Time{} ? row.tried_at : std::min(counted.oldest, row.tried_at);
    }
    std::vector<store::PolledToken> counted;
    for (const auto& [token, count] : all) counted.push_back(count);
    co_return counted;
}

void FakePolls::sort(std::vector<store::DuePoll>& polls) {
    std::stable_sort(polls.begin(), polls.end(), [](const auto& a, const auto& b) {
        return std::tie(a.tried_at, a.user.value, a.token) <
               std::tie(b.tried_at, b.user.value, b.token);
    });
}

std::vector<store::DuePoll> FakePolls::of_token(ChainId chain, TokenId token,
                                                Time tried_before) const {
    std::vector<store::DuePoll> all;
    for (const auto& [id, row] : tables_.polls) {
        const auto& [user, on, of] = id;
        if (on != chain || of != token || row.tried_at >= tried_before) continue;
        store::DuePoll poll{UserId{user}, token, row.tried_at, row.failures, {}};
        for (const Wallet* wallet : tables_.wallets_of(poll.user, chain))
            poll.wallets.push_back({wallet->id, wallet->address});
        all.push_back(std::move(poll));
    }
    sort(all);
    return all;
}

}  // namespace custodialbridge::testing
