/// The root of a Merkle-Patricia trie over a list (yellow paper, appendix D), as block headers hold
/// for transactions, receipts and withdrawals: item i stands under the key rlp(i).
#pragma once

#include <span>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/rlp.hpp"

namespace custodialbridge {

/// Of no items it is keccak256(rlp("")).
Hash32 trie_root(std::span<const rlp::Bytes> items);

}  // namespace custodialbridge
