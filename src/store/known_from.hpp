/// Which stored balances are known: see migrations/0016_known_from.sql.
#pragma once

namespace custodialbridge::store {

/// In balances.known_from: no pinned read has told yet.
#define CB_NOT_KNOWN_YET "9223372036854775807"
#define CB_IS_KNOWN(row) row ".known_from IS DISTINCT FROM " CB_NOT_KNOWN_YET

}  // namespace custodialbridge::store
