/// What the steps of one chain's listener share: its parts, its watchlist, and where it stands.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "custodialbridge/rules/watchlist.hpp"
#include "custodialbridge/sync/event_listener.hpp"
#include "listener_probe.hpp"

namespace custodialbridge::sync {

using runtime::Deadline;
using runtime::Progress;
using runtime::Task;

struct FollowedChain {
    explicit FollowedChain(ListenerParts given)
        : parts(std::move(given)), probe(parts), watchlist(std::span<const Token>{}) {}

    ChainId id() const { return parts.settings.chain; }
    /// Balances that could not pay for a delta, or that an event touched, are read again, pinned.
    void look_again(const std::vector<store::Shortfall>& shortfalls, bool touched) {
        probe.shortfalls(shortfalls, cursor);
        has_unsettled = has_unsettled || touched || !shortfalls.empty();
    }
    /// Between beats, since within one they are looked at; true when there are others.
    bool take_over_tokens() {
        if (!next_tokens) return false;
        parts.tokens = std::move(*std::exchange(next_tokens, std::nullopt));
        return true;
    }
    /// The one with this number, while its events are followed.
    const rules::FollowedToken* followed(TokenId token) const;
    /// Whether it came to an end is not known when it fails: then the ledger is loaded again.
    Task<Result<void>> adjust(AdjustmentPlan plan);
    Deadline deadline() const {
        return Deadline::after(parts.clock, parts.pace.step_timeout);
    }

    ListenerParts parts;
    std::optional<std::vector<Token>> next_tokens;  ///< from the next beat on
    ListenerProbe probe;
    rules::Watchlist watchlist;
    Cursor cursor;
    std::optional<BlockNumber> finalized;  ///< newest known

    /// There may be balances to be read again: the store is to be asked.
    bool has_unsettled = true;

    /// There may be balances that are not known yet: so, too.
    bool has_unknown = true;

    /// A commit is under way, or its outcome was never learnt: then the cursor is loaded again.
    bool commit_in_doubt = false;

    ListenerState state = ListenerState::catching_up;
    bool operator_needed = false;  ///< stopped until a person decides
};

}  // namespace custodialbridge::sync
