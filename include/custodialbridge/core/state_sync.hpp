/// What Polygon's validators bring in from Ethereum at the end of a block ("state sync"), as Bor
/// and its descendants tell it before PIP-74: as one more receipt after those of the transactions,
/// whose logs go on counting, and which is in neither the receipts root nor the bloom. Its
/// transaction is made up; in the block's list it is the last one, or it is missing there.
///
/// Since PIP-74 it is a transaction of type 0x7f in the block, whose receipt is in root and bloom
/// like any other (Receipt::kStateSync).
///
/// Sources: 0xPolygon/bor core/types/bor_receipt.go; the Polygon improvement proposal PIP-74.
#pragma once

#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/ids.hpp"

namespace custodialbridge {

/// The hash of that transaction: keccak256("matic-bor-receipt-", the block's number in eight bytes,
/// the highest first, the block's hash). No other transaction has it.
Hash32 state_sync_transaction(const BlockRef& block);

/// The chains that are known to be run by Bor or a descendant: Polygon and its test network Amoy,
/// Shibarium, BitTorrent Chain.
bool has_state_sync(ChainId chain);

}  // namespace custodialbridge
