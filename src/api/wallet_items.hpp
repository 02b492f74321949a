/// The body of an import of wallets: read as it comes, so that what it costs is bounded by what it
/// may hold.
#pragma once

#include <vector>

#include "custodialbridge/ledger/wallet_registry.hpp"
#include "problem.hpp"
#include "request.hpp"

namespace custodialbridge::api {

/// Each item of {"items":[{user_id, chain_id, address, is_deployed?}]}, or what is wrong with it.
/// Fails when the body as a whole is not of that shape, or has too many items.
Checked<std::vector<Checked<store::NewWallet>>> parse_wallet_items(const Request& request);

}  // namespace custodialbridge::api
