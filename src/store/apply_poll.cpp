#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "apply_plans.hpp"
#include "ledger_statements.hpp"
#include "ledger_work.hpp"
#include "planned_segments.hpp"
#include "poll_statements.hpp"
#include "segment_statements.hpp"

namespace custodialbridge::store {
namespace {

struct PollName {
    std::string_view user;
    TokenId token;
};

Params names_of(ChainId chain, const std::vector<PollName>& polls) {
    Params names = params(column(chain));
    names.add_array(polls, [](const PollName& one) { return one.user; });
    names.add_array(polls, [](const PollName& one) { return column(one.token); });
    return names;
}

template <class Polls>
std::vector<PollName> names_in(const Polls& polls) {
    std::vector<PollName> names;
    for (const auto& one : polls) names.push_back({one.user.value, one.token});
    return names;
}

using BalanceKeyOfWallet = std::pair<WalletId, TokenId>;

class Poll {
  public:
    Poll(Connection& session, const Clock& clock, const PollPlan& plan, Deadline by)
        : plan_(plan), work_(session, clock, plan.chain, by), segments_(work_, plan) {}

    Result<std::vector<PolledTotal>> run() {
        CB_CHECKED(work_.begin_at(plan_.at, plan_.epoch));
        CB_CHECKED(segments_.take_apart());
        CB_CHECKED(segments_.look());
        gather();
        CB_CHECKED(lock());
        leave_out_stored_later();
        CB_CHECKED(leave_out_other_wallets());
        CB_CHECKED(leave_out_changed_later());
        CB_CHECKED(compare());
        CB_CHECKED(write());
        CB_CHECKED(work_.commit({}, Totals::not_wanted));
        return std::move(totals_);
    }

  private:
    /// What is stored one by one. Who was read alone, too, counts as that.
    void gather() {
        std::unordered_set<std::string> alone;
        for (const PolledBalance& one : plan_.balances)
            if (alone.insert(name_of(one)).second) single_.push_back({&one, {}});
        for (const auto& read : segments_.read_anew())
            if (!alone.contains(name_of(*read.balance)))
                single_.push_back({read.balance, read.segment});
    }

    static std::string name_of(const PolledBalance& one) {
        return std::to_string(one.token.value) + ' ' + one.user.value;
    }

    Result<void> lock() {
        std::vector<PollName> all;
        for (const auto& [one, segment] : single_) all.push_back({one->user.value, one->token});
        for (const MissedPoll& one : plan_.missed) all.push_back({one.user.value, one.token});
        if (all.empty()) return segments_.lock({});
        const Params names = names_of(plan_.chain, all);
        CB_TRY(rows, work_.ask(kLockPolls, names));
        if (rows.count() < all.size() && plan_.missed.empty() && plan_.segments.empty()) {
            CB_CHECKED(work_.ask(kMakePolls, names));
            CB_TRY(made, work_.ask(kLockPolls, names));
            rows = std::move(made);
        }
        std::set<SegmentId> named;
        for (std::size_t i = 0; i < rows.count(); ++i) {
            if (!rows.is_null(i, 2)) named.insert(rows.id<SegmentId>(i, 2));
            take(rows, i);
        }
        return segments_.lock(std::move(named));
    }

    /// Once each. Who has left the segment for another one is that one's.
    void take(const Rows& rows, std::size_t row) {
        const auto place = static_cast<std::size_t>(rows.int64(row, 0));
        if (place >= single_.size()) return;
        const auto& [balance, read_in] = single_[place];
        const auto segment = rows.optional_id<SegmentId>(row, 2);
        if (read_in && segment && *segment != *read_in) return;
        if (!named_.insert(name_of(*balance)).second) return;
        const bool touched_later = rows.int64(row, 3) > column(plan_.at.number);
        taken_.push_back({balance, segment, touched_later});
        stored_at_.push_back(rows.optional_id<BlockNumber>(row, 1));
    }

    /// That is canonical, whatever epoch it was read in.
    void leave_out_stored_later() {
        std::vector<TakenPoll> kept;
        for (std::size_t i = 0; i < taken_.size(); ++i) {
            const auto& segment = taken_[i].segment;
            const auto at = segment ? segments_.block_of(*segment) : stored_at_[i];
            if (!at || *at <= plan_.at.number) kept.push_back(std::move(taken_[i]));
        }
        taken_ = std::move(kept);
    }

    Result<void> leave_out_other_wallets() {
        if (taken_.empty()) return {};
        Params users = params(column(plan_.chain));
        users.add_array(taken_, [](const TakenPoll& one) {
            return std::string_view(one.balance->user.value);
        });
        CB_TRY(rows, work_.ask(kWalletsOf, users));
        std::vector<std::map<WalletId, Address>> now(taken_.size());
        for (std::size_t i = 0; i < rows.count(); ++i)
            now.at(static_cast<std::size_t>(rows.int64(i, 0)))[rows.id<WalletId>(i, 1)] =
                rows.address(i, 2);
        std::vector<TakenPoll> kept;
        for (std::size_t i = 0; i < taken_.size(); ++i) {
            if (!has_read(taken_[i], now[i])) continue;
            if (taken_[i].balance->wallets.empty())
                ended_.push_back({taken_[i].balance->user.value, taken_[i].balance->token});
            else
                kept.push_back(std::move(taken_[i]));
        }
        taken_ = std::move(kept);
        return {};
    }

    /// Just these wallets; their addresses are noted.
    static bool has_read(TakenPoll& poll, const std::map<WalletId, Address>& wallets) {
        for (const Observation& read : poll.balance->wallets) {
            const auto found = wallets.find(read.wallet);
            if (found == wallets.end()) return false;
            poll.addresses.push_back(found->second);
        }
        std::set<WalletId> read;
        for (const Observation& one : poll.balance->wallets) read.insert(one.wallet);
        return read.size() == wallets.size() && read.size() == poll.addresses.size();
    }

    /// What changed at a later block (and is not known to be read there, since the user got a
    /// wallet or a block was reorganised away) is left alone, also where it was the same before:
    /// the journal stays in the order of its blocks, and a reorganisation between the two would
    /// give back what is not so as of the earlier one.
    Result<void> leave_out_changed_later() {
        const std::vector<Observation> seen = all_seen();
        if (seen.empty()) return {};
        Params asked = params(column(plan_.at.number));
        asked.add_array(seen, [](const Observation& one) { return column(one.wallet); });
        asked.add_array(seen, [](const Observation& one) { return column(one.token); });
        CB_TRY(rows, work_.ask(kChangedLater, asked));
        std::set<BalanceKeyOfWallet> later;
        for (std::size_t i = 0; i < rows.count(); ++i) {
            const Observation& one = seen.at(static_cast<std::size_t>(rows.int64(i, 0)));
            later.insert({one.wallet, one.token});
        }
        std::erase_if(taken_, [&](const TakenPoll& one) {
            const auto& wallets = one.balance->wallets;
            return std::any_of(wallets.begin(), wallets.end(), [&](const auto& wallet) {
                return later.contains({wallet.wallet, wallet.token});
            });
        });
        return {};
    }

    std::vector<Observation> all_seen() const {
        std::vector<Observation> seen;
        for (const TakenPoll& one : taken_)
            seen.insert(seen.end(), one.balance->wallets.begin(), one.balance->wallets.end());
        return seen;
    }

    /// A wallet's first balance is an opening; later ones differ because of what nobody told of.
    Result<void> compare() {
        for (const PolledBalance* one : segments_.unchanged()) tell(*one, false);
        const std::vector<Observation> seen = all_seen();
        if (seen.empty()) return {};
        CB_TRY(stored, work_.amounts(rows_of(seen)));
        std::size_t next = 0;
        for (const TakenPoll& one : taken_) {
            bool changed = false;
            for (const Observation& wallet : one.balance->wallets)
                changed = compare(stored[next++], wallet) || changed;
            tell(*one.balance, changed);
        }
        return {};
    }

    bool compare(const std::optional<StoredAmount>& stored, const Observation& seen) {
        if (stored && stored->known && stored->amount == seen.amount) return false;
        changed_.push_back(seen);
        const SignedAmount net = difference(seen.amount, stored ? stored->amount : U256(0));
        if (net.magnitude == 0) return true;
        const WalletId debit = net.negative ? seen.wallet : kOutside;
        const WalletId credit = net.negative ? kOutside : seen.wallet;
        entries_.push_back({plan_.at.number, seen.token, debit, credit, net.magnitude,
                            stored ? MoveKind::sync : MoveKind::opening});
        return true;
    }

    void tell(const PolledBalance& balance, bool changed) {
        U256 sum = 0;
        for (const Observation& wallet : balance.wallets)
            sum = checked_add(sum, wallet.amount).value_or(~U256(0));
        totals_.push_back({{balance.user, plan_.chain, balance.token}, sum, changed});
    }

    Result<void> write() {
        work_.add_balances(kSetBalances, changed_, plan_.at.number);
        work_.add_entries(entries_, plan_.epoch);
        CB_TRY(alone, segments_.write(taken_));
        CB_TRY(singles, segments_.enlist(std::move(alone)));
        if (!singles.empty()) work_.add(kPolled, polled(singles));
        if (!ended_.empty()) work_.add(kEndPolls, names_of(plan_.chain, ended_));
        if (plan_.missed.empty()) return {};
        Params missed = names_of(plan_.chain, names_in(plan_.missed));
        work_.add(kLeave, missed);
        missed.add_array(plan_.missed, [](const MissedPoll& one) { return one.tried_at; });
        work_.add(kMissed, std::move(missed));
        return {};
    }

    Params polled(const std::vector<const TakenPoll*>& polls) const {
        Params rows = params(column(plan_.chain), column(plan_.at.number), plan_.at.hash,
                             static_cast<std::int32_t>(plan_.epoch), plan_.read_at);
        rows.add_array(polls, [](const TakenPoll* one) {
            return std::string_view(one->balance->user.value);
        });
        rows.add_array(polls, [](const TakenPoll* one) { return column(one->balance->token); });
        return rows;
    }

    const PollPlan& plan_;
    LedgerWork work_;
    PlannedSegments segments_;
    std::vector<std::pair<const PolledBalance*, std::optional<SegmentId>>> single_;  // read in
    std::unordered_set<std::string> named_;
    std::vector<TakenPoll> taken_;
    std::vector<std::optional<BlockNumber>> stored_at_;  // of those in `taken_`, as locked
    std::vector<PollName> ended_;
    std::vector<Observation> changed_;
    std::vector<Entry> entries_;
    std::vector<PolledTotal> totals_;
};

}  // namespace

Result<std::vector<PolledTotal>> store_polls(Connection& session, const Clock& clock,
                                             const PollPlan& plan, Deadline by) {
    return Poll(session, clock, plan, by).run();
}

}  // namespace custodialbridge::store
