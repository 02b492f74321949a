#include "local_entry.hpp"

#include <algorithm>
#include <utility>

namespace custodialbridge::ledger {

bool is_followed(const Token& token) {
    return token.realtime && token.kind != TokenKind::native;
}

cache::LocalBalance local_entry(const Token& token, const Balance& balance, Instant expires) {
    cache::LocalBalance entry;
    entry.balance = balance;
    entry.followed = is_followed(token);
    entry.decimals = token.decimals;
    entry.symbol = token.symbol;
    entry.units = format_units(balance.amount, token.decimals);
    entry.raw = to_string(balance.amount);
    entry.expires = expires;
    return entry;
}

cache::LocalBalance unknown_entry(const Version& version, Instant expires) {
    cache::LocalBalance entry;
    entry.known = false;
    entry.balance.version = version;
    entry.expires = expires;
    return entry;
}

std::uint64_t seconds_between(Time since, Time now) {
    return static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::chrono::floor<Seconds>(now - since).count()));
}

void show(cache::LocalBalance& entry, const ChainPosition& position, Time now, Tier tier,
          BalanceView& out) {
    const bool at_cursor = entry.current && position.known && !position.standby &&
                           Version{position.epoch, position.cursor.number} >= entry.balance.version;
    out.symbol.swap(entry.symbol);
    out.units.swap(entry.units);
    out.raw.swap(entry.raw);
    out.decimals = entry.decimals;
    out.block = at_cursor ? position.cursor
                          : BlockRef{entry.balance.version.block, entry.balance.block_hash};
    out.last_updated = at_cursor ? std::max(position.at_head, entry.balance.as_of)
                                 : entry.balance.as_of;
    out.sync_lag_seconds = seconds_between(out.last_updated, now);
    out.realtime = false;
    out.confirmations = 0;
    out.tier = tier;
}

}  // namespace custodialbridge::ledger
