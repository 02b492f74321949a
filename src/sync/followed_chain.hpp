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
    /// These balances could not pay for a delta: they are read again, pinned.
    void went_short(const std::vector<store::Shortfall>& shortfalls) {
        probe.shortfalls(shortfalls, cursor);
        if (!shortfalls.empty()) unsettled.reset();
    }
    Deadline deadline() const {
        return Deadline::after(parts.clock, parts.pace.step_timeout);
    }

    ListenerParts parts;
    ListenerProbe probe;
    rules::Watchlist watchlist;
    Cursor cursor;
    std::optional<BlockNumber> finalized;  ///< newest known

    /// Went short, and to be read again, pinned; nothing: the store is to be asked.
    std::optional<std::vector<store::BalanceName>> unsettled;

    ListenerState state = ListenerState::catching_up;
    bool operator_needed = false;  ///< stopped until a person decides
};

}  // namespace custodialbridge::sync
