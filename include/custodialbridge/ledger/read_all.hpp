/// Many balances at once.
#pragma once

#include <vector>

#include "custodialbridge/ledger/balance_reader.hpp"

namespace custodialbridge::ledger {

enum class Freshness : std::uint8_t { cached, realtime };

/// One read a key, in their order, on the reader's loop. What the local tier has is told without
/// waiting; the rest is read side by side, of which the tiers below make a few statements and
/// calls; in real time all are read as one piece. One key's failure is its own.
Task<std::vector<OneRead>> read_all(BalanceReader& reader, std::vector<BalanceKey> keys,
                                    Freshness freshness, Deadline by);

}  // namespace custodialbridge::ledger
