/// Between a balance's amount, its entry in the local tier, and what the API shows of it.
#pragma once

#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/ledger/balance_reader.hpp"
#include "custodialbridge/ledger/chain_board.hpp"

namespace custodialbridge::ledger {

/// Whether the ledger keeps the token's balances by its events. An nft may be asked for in real
/// time, but nobody tells when its balance changes.
bool is_followed(const Token& token);

/// With the amount already printed, so that a hit prints nothing.
cache::LocalBalance local_entry(const Token& token, const Balance& balance, Instant expires);

/// "This user has no such balance."
cache::LocalBalance unknown_entry(const Version& version, Instant expires);

/// What `entry` says now. A current entry is true as of the ledger's cursor, any other as of its
/// own block. `out`'s strings are swapped with the entry's, so that both keep their capacity.
void show(cache::LocalBalance& entry, const ChainPosition& position, Time now, Tier tier,
          BalanceView& out);

/// Whole seconds from `since` to `now`, never negative.
std::uint64_t seconds_between(Time since, Time now);

}  // namespace custodialbridge::ledger
