/// Facts in, plan out: what some blocks mean to the ledger. Pure; the same facts give the same
/// plan.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/rules/decode_events.hpp"
#include "custodialbridge/rules/watchlist.hpp"

namespace custodialbridge::rules {

/// Reads logs into a plan's moves, announcements and touched balances, block after block in order.
///
/// `Mint` and `Burn` move something only when no Transfer from or to the zero address of the same
/// wallet and amount stands in the same transaction of the same contract: a mint announced twice
/// counts once. A followed contract's log that is none of the standard's events, or does not fit
/// its event, touches the balances of the wallets that its indexed topics name (but not of a whole
/// erc1155 collection: no call tells its balance). A user operation is
/// announced to its sender's wallet.
class MovePlanner {
  public:
    explicit MovePlanner(const Watchlist& watchlist);
    ~MovePlanner();
    MovePlanner(const MovePlanner&) = delete;
    MovePlanner& operator=(const MovePlanner&) = delete;

    /// `logs` are one or more whole blocks in (block, log index) order; logs of contracts that we
    /// do not follow are passed over. `corrupt` when the order is broken or a log index stands
    /// twice.
    Result<void> read(const LogBatch& logs, LedgerPlan& plan);

    std::uint64_t malformed() const { return malformed_; }

  private:
    struct Seen;
    void read_transaction(const LogBatch& batch, std::span<const Log> logs, LedgerPlan& plan);
    void read_token_log(const Log& log, std::span<const std::uint8_t> data,
                        std::span<const FollowedToken> tokens, LedgerPlan& plan);
    void read_entry_point_log(const Log& log, std::span<const std::uint8_t> data,
                              LedgerPlan& plan);
    void touch_named(const Log& log, std::span<const FollowedToken> tokens,
                     LedgerPlan& plan) const;
    void add_move(const Seen& seen, LedgerPlan& plan) const;
    void add_announcement(const Seen& seen, LedgerPlan& plan) const;

    const Watchlist& watchlist_;
    std::vector<Seen> seen_;          // of one transaction
    std::vector<TokenEvent> events_;  // of one log
    std::uint64_t malformed_ = 0;
};

/// Fills `plan.native_touched`: the native balance of the wallets among the `parties` of a block's
/// transactions, and of those that the plan announces a user operation to, may be another one.
void touch_natives(std::span<const Address> parties, const Watchlist& watchlist, LedgerPlan& plan);

/// Fills `plan.deltas`, `plan.holdings` and `plan.excesses` from `plan.moves`. Only the net of a
/// delta counts: a sum that would not fit loses what it has in common with the other. What a net
/// has beyond 2^256-1 is an excess, and touches the balance: no such amount can be there. What the
/// plan touches is put in order, each balance once.
void sum_deltas(LedgerPlan& plan);

/// Makes `first` the plan of its blocks and of `second`'s, which come after them; both have their
/// deltas. False, and both as they were, when a wallet's net would pass 2^256-1.
bool join_plans(LedgerPlan& first, LedgerPlan& second);

}  // namespace custodialbridge::rules
