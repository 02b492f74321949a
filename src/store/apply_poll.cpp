#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "apply_plans.hpp"
#include "ledger_statements.hpp"
#include "ledger_work.hpp"
#include "poll_statements.hpp"

namespace custodialbridge::store {
namespace {

template <class Polls>
Params names_of(ChainId chain, const Polls& polls) {
    Params names = params(column(chain));
    names.add_array(polls, [](const auto& one) { return std::string_view(one.user.value); });
    names.add_array(polls, [](const auto& one) { return column(one.token); });
    return names;
}

using BalanceKeyOfWallet = std::pair<WalletId, TokenId>;

class Poll {
  public:
    Poll(Connection& session, const Clock& clock, const PollPlan& plan, Deadline by)
        : plan_(plan), work_(session, clock, plan.chain, by) {}

    Result<std::vector<PolledTotal>> run() {
        CB_CHECKED(work_.begin_at(plan_.at, plan_.epoch));
        CB_CHECKED(lock());
        CB_CHECKED(leave_out_other_wallets());
        CB_CHECKED(leave_out_changed_later());
        CB_CHECKED(compare());
        write();
        CB_CHECKED(work_.commit({}, Totals::not_wanted));
        return std::move(totals_);
    }

  private:
    /// Those whose stored value is of a later block are left out: that is canonical, whatever epoch
    /// it was read in.
    Result<void> lock() {
        std::vector<MissedPoll> all;  // names alone
        for (const PolledBalance& one : plan_.balances) all.push_back({one.user, one.token, {}});
        all.insert(all.end(), plan_.missed.begin(), plan_.missed.end());
        if (all.empty()) return {};
        const Params names = names_of(plan_.chain, all);
        CB_TRY(rows, work_.ask(kLockPolls, names));
        if (rows.count() < all.size() && plan_.missed.empty()) {
            CB_CHECKED(work_.ask(kMakePolls, names));
            CB_TRY(made, work_.ask(kLockPolls, names));
            rows = std::move(made);
        }
        for (std::size_t i = 0; i < rows.count(); ++i) {
            const auto place = static_cast<std::size_t>(rows.int64(i, 0));
            if (place >= plan_.balances.size()) continue;
            if (!rows.is_null(i, 1) && rows.id<BlockNumber>(i, 1) > plan_.at.number) continue;
            taken_.push_back(&plan_.balances[place]);
        }
        return {};
    }

    Result<void> leave_out_other_wallets() {
        if (taken_.empty()) return {};
        Params users = params(column(plan_.chain));
        users.add_array(taken_, [](const auto* one) { return std::string_view(one->user.value); });
        CB_TRY(rows, work_.ask(kWalletsOf, users));
        std::vector<std::set<WalletId>> now(taken_.size());
        for (std::size_t i = 0; i < rows.count(); ++i)
            now.at(static_cast<std::size_t>(rows.int64(i, 0))).insert(rows.id<WalletId>(i, 1));
        std::vector<const PolledBalance*> kept;
        for (std::size_t i = 0; i < taken_.size(); ++i) {
            std::set<WalletId> read;
            for (const Observation& wallet : taken_[i]->wallets) read.insert(wallet.wallet);
            if (read != now[i]) continue;
            if (read.empty())
                ended_.push_back({taken_[i]->user, taken_[i]->token, {}});
            else
                kept.push_back(taken_[i]);
        }
        taken_ = std::move(kept);
        return {};
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
        std::erase_if(taken_, [&](const PolledBalance* one) {
            return std::any_of(one->wallets.begin(), one->wallets.end(), [&](const auto& wallet) {
                return later.contains({wallet.wallet, wallet.token});
            });
        });
        return {};
    }

    std::vector<Observation> all_seen() const {
        std::vector<Observation> seen;
        for (const PolledBalance* one : taken_)
            seen.insert(seen.end(), one->wallets.begin(), one->wallets.end());
        return seen;
    }

    /// A wallet's first balance is an opening; later ones differ because of what nobody told of.
    Result<void> compare() {
        const std::vector<Observation> seen = all_seen();
        CB_TRY(stored, work_.amounts(rows_of(seen)));
        std::size_t next = 0;
        for (const PolledBalance* one : taken_) {
            bool changed = false;
            for (const Observation& wallet : one->wallets)
                changed = compare(stored[next++], wallet) || changed;
            totals_.push_back({{one->user, plan_.chain, one->token}, total_of(*one), changed});
        }
        return {};
    }

    bool compare(const std::optional<U256>& stored, const Observation& seen) {
        if (stored == seen.amount) return false;
        changed_.push_back(seen);
        const SignedAmount net = difference(seen.amount, stored.value_or(0));
        if (net.magnitude == 0) return true;
        const WalletId debit = net.negative ? seen.wallet : kOutside;
        const WalletId credit = net.negative ? kOutside : seen.wallet;
        entries_.push_back({plan_.at.number, seen.token, debit, credit, net.magnitude,
                            stored ? MoveKind::sync : MoveKind::opening});
        return true;
    }

    static U256 total_of(const PolledBalance& balance) {
        U256 sum = 0;
        for (const Observation& wallet : balance.wallets)
            sum = checked_add(sum, wallet.amount).value_or(~U256(0));
        return sum;
    }

    void write() {
        work_.add_balances(changed_, plan_.at.number);
        work_.add_entries(entries_, plan_.epoch);
        if (!taken_.empty()) work_.add(kPolled, polled());
        if (!ended_.empty()) work_.add(kEndPolls, names_of(plan_.chain, ended_));
        if (plan_.missed.empty()) return;
        Params missed = names_of(plan_.chain, plan_.missed);
        missed.add_array(plan_.missed, [](const MissedPoll& one) { return one.tried_at; });
        work_.add(kMissed, std::move(missed));
    }

    Params polled() const {
        Params rows = params(column(plan_.chain), column(plan_.at.number), plan_.at.hash,
                             static_cast<std::int32_t>(plan_.epoch), plan_.read_at);
        rows.add_array(taken_, [](const auto* one) { return std::string_view(one->user.value); });
        rows.add_array(taken_, [](const auto* one) { return column(one->token); });
        return rows;
    }

    const PollPlan& plan_;
    LedgerWork work_;
    std::vector<const PolledBalance*> taken_;
    std::vector<MissedPoll> ended_;  // names alone
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
