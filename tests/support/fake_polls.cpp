#include "support/fake_polls.hpp"

namespace custodialbridge::testing {

namespace {

using Stored = std::vector<const PolledBalance*>;

/// What differs from a stored balance is of the outside: nothing tells of it.
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

/// Is it passed over?
bool is_to_be_left(const LedgerTables& tables, const PollPlan& plan, const PollRow& row,
                   const PolledBalance& balance) {
    const auto read = tables.read_of(row);
    if (read && read->version.block > plan.at.number) return true;
    if (!are_the_users(tables, plan.chain, balance)) return true;
    return std::any_of(balance.wallets.begin(), balance.wallets.end(), [&](const auto& wallet) {
        const BalanceRow* held = tables.balance(wallet.wallet, wallet.token);
        return held != nullptr && held->as_of > plan.at.number;
    });
}

class PollUnit {
  public:
    PollUnit(LedgerTables& tables, const PollPlan& plan)
        : tables_(tables), plan_(plan), chain_(tables.chains.at(plan.chain)) {}

    std::vector<store::PolledTotal> run() {
        std::map<TokenId, Stored> singles;
        for (const PolledBalance& one : plan_.balances)
            if (store(one)) singles[one.token].push_back(&one);
        for (const PolledSegment& segment : plan_.segments) {
            Stored left = store(segment);
            for (const PolledBalance* one : left) singles[one->token].push_back(one);
        }
        for (const auto& [token, stored] : singles) enlist(token, stored);
        for (const MissedPoll& one : plan_.missed) miss(one);
        for (const SegmentId id : plan_.apart) take_apart(id);
        return std::move(totals_);
    }

  private:
    PollId id_of(const PolledBalance& one) const {
        return {one.user.value, plan_.chain, one.token};
    }

    /// By itself. Once each.
    bool store(const PolledBalance& one) {
        const auto token = tables_.tokens.find({plan_.chain, one.token});
        if (token == tables_.tokens.end() || !is_polled(token->second)) return false;
        if (!named_.insert(id_of(one)).second) return false;
        PollRow& row = tables_.polls[id_of(one)];
        if (is_to_be_left(tables_, plan_, row, one)) return false;
        if (one.wallets.empty()) {
            tables_.polls.erase(id_of(one));
            return false;
        }
        store::PolledTotal total{{one.user, plan_.chain, one.token}, 0, false};
        for (const Observation& wallet : one.wallets) {
            total.changed = store_polled(tables_, chain_, plan_, wallet) || total.changed;
            total.amount = checked_add(total.amount, wallet.amount).value_or(~U256(0));
        }
        row.read = as_of();
        row.tried_at = row.touched > plan_.at.number ? Time{} : plan_.read_at;
        row.failures = 0;
        row.segment.reset();
        totals_.push_back(std::move(total));
        return true;
    }

    /// Its members; those who are none any more are given back. Whoever is in it and was not read
    /// leaves it.
    Stored store(const PolledSegment& segment) {
        const auto found = tables_.segments.find(segment.id);
        const bool known = found != tables_.segments.end();
        if (known && found->second.read && found->second.read->version.block > plan_.at.number)
            return {};
        Stored members, others;
        for (const PolledBalance& one : segment.balances) {
            const auto row = tables_.polls.find(id_of(one));
            const bool inside = row != tables_.polls.end() && row->second.segment == segment.id;
            const bool is_anothers = row != tables_.polls.end() && row->second.segment && !inside;
            if (is_anothers) continue;
            if (store(one)) (inside ? members : others).push_back(&one);
        }
        for (auto& [id, row] : tables_.polls)
            if (row.segment == segment.id) {
                tables_.leave_segment(row);
                row.tried_at = {};
            }
        if (known) tables_.segments.erase(found);
        if (members.size() >= kSegmentLeast)
            make(segment.id, members.front()->token, members);
        else
            others.insert(others.end(), members.begin(), members.end());
        return others;
    }

    void take_apart(SegmentId id) {
        for (auto& [name, row] : tables_.polls)
            if (row.segment == id) tables_.leave_segment(row);
        tables_.segments.erase(id);
    }

    void enlist(TokenId token, const Stored& stored) {
        Stored calm;
        for (const PolledBalance* one : stored)
            if (tables_.polls.at(id_of(*one)).tried_at != Time{}) calm.push_back(one);
        if (calm.size() >= kSegmentLeast)
            make(SegmentId{static_cast<std::int64_t>(++tables_.sequence)}, token, calm);
    }

    void make(SegmentId id, TokenId token, const Stored& members) {
        SegmentRow segment{plan_.chain, token, as_of(), plan_.read_at, {}};
        for (const PolledBalance* one : members) {
            store::DuePoll& member = segment.members.emplace_back();
            member.user = one->user;
            member.token = token;
            for (const Observation& wallet : one->wallets)
                member.wallets.push_back(
                    {wallet.wallet, tables_.wallets.at(wallet.wallet).wallet.address});
            tables_.polls.at(id_of(*one)).segment = id;
        }
        tables_.segments[id] = std::move(segment);
    }

    void miss(const MissedPoll& missed) {
        const auto row = tables_.polls.find({missed.user.value, plan_.chain, missed.token});
        if (row == tables_.polls.end()) return;
        tables_.leave_segment(row->second);
        row->second.tried_at = missed.tried_at;
        ++row->second.failures;
    }

    store::PolledAsOf as_of() const {
        return {{plan_.epoch, plan_.at.number}, plan_.at.hash, plan_.read_at, false};
    }

    LedgerTables& tables_;
    const PollPlan& plan_;
    ChainRow& chain_;
    std::set<PollId> named_;
    std::vector<store::PolledTotal> totals_;
};

}  // namespace

Result<std::vector<store::PolledTotal>> store_polls(LedgerTables& tables, const PollPlan& plan) {
    const ChainRow& chain = tables.chains.at(plan.chain);
    const bool canonical =
        chain.state.cursor.epoch == plan.epoch &&
        std::any_of(chain.blocks.begin(), chain.blocks.end(), [&](const BlockRow& row) {
            return !row.orphaned && row.block.header.ref == plan.at;
        });
    if (!canonical) return Error(Errc::conflict, "not one of the canonical blocks");
    return PollUnit(tables, plan).run();
}

Task<Result<std::vector<store::DuePoll>>> FakePolls::due(ChainId chain,
                                                         std::vector<store::PollsBefore> before,
                                                         Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "due", by));
    std::vector<store::DuePoll> all;
    for (const store::PollsBefore& asked : before) {
        auto found = of_token(chain, asked.token, asked.tried_before, Members::without);
        found.resize(std::min(found.size(), asked.limit));
        all.insert(all.end(), found.begin(), found.end());
    }
    sort(all);
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "due", by));
    co_return all;
}

Task<Result<std::vector<store::DueSegment>>> FakePolls::due_segments(
    ChainId chain, std::vector<store::PollsBefore> before, Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "due_segments", by));
    std::vector<std::pair<Time, SegmentId>> due;
    for (const store::PollsBefore& asked : before) {
        std::vector<std::pair<Time, SegmentId>> of_token;
        for (const auto& [id, row] : tables_.segments)
            if (row.chain == chain && row.token == asked.token &&
                row.tried_at < asked.tried_before)
                of_token.push_back({row.tried_at, id});
        std::sort(of_token.begin(), of_token.end());
        std::size_t polls = 0;
        for (const auto& [tried_at, id] : of_token) {
            if (polls >= asked.limit) break;
            polls += tables_.segments.at(id).members.size();
            due.push_back({tried_at, id});
        }
    }
    std::sort(due.begin(), due.end());
    std::vector<store::DueSegment> all;
    for (const auto& [tried_at, id] : due) {
        all.push_back({id, tables_.segments.at(id).members});
        for (store::DuePoll& poll : all.back().polls) poll.tried_at = tried_at;
    }
    CB_CO_CHECKED(co_await script_.pass(Point::answering, "due_segments", by));
    co_return all;
}

Task<Result<std::vector<store::DuePoll>>> FakePolls::due_of(ChainId chain, TokenId token,
                                                            std::vector<UserId> users,
                                                            Time tried_before, Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "due_of", by));
    std::vector<store::DuePoll> all = of_token(chain, token, tried_before, Members::with);
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
        const Time tried_at = tables_.tried_at_of(row);
        store::PolledToken& counted = all[token];
        counted.token = token;
        ++counted.users;
        counted.unread += !tables_.read_of(row);
        if (tried_at == Time{}) continue;
        counted.oldest = counted.oldest == Time{} ? tried_at : std::min(counted.oldest, tried_at);
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
                                                Time tried_before, Members members) const {
    std::vector<store::DuePoll> all;
    for (const auto& [id, row] : tables_.polls) {
        const auto& [user, on, of] = id;
        const Time tried_at = tables_.tried_at_of(row);
        if (on != chain || of != token || tried_at >= tried_before) continue;
        if (row.segment && members == Members::without) continue;
        store::DuePoll poll{UserId{user}, token, tried_at, row.failures, {}};
        for (const Wallet* wallet : tables_.wallets_of(poll.user, chain))
            poll.wallets.push_back({wallet->id, wallet->address});
        all.push_back(std::move(poll));
    }
    sort(all);
    return all;
}

}  // namespace custodialbridge::testing
