/// An eth_getLogs answer with many transfers, and who they are between.
#pragma once

#include <string>

#include "custodialbridge/core/log.hpp"
#include "custodialbridge/rules/watchlist.hpp"

namespace custodialbridge::bench {

inline constexpr std::uint32_t kBlocks = 120;
inline constexpr std::uint32_t kTransfersPerBlock = 500;
inline constexpr std::uint32_t kWallets = 10'000;

/// The whole answer, as it comes from the node, to the call with id 1.
const std::string& logs_answer();

/// The same, parsed.
const LogBatch& logs_batch();

/// Follows the token and all of the wallets.
const rules::Watchlist& watchlist();

}  // namespace custodialbridge::bench
