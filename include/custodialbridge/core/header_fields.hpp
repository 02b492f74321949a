/// A block header with every field that its hash is made of.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/rlp.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge {

/// In the order of the hash: yellow paper 4.4, then what upgrades appended.
struct HeaderFields {
    Hash32 parent_hash;
    Hash32 ommers_hash;
    Address beneficiary;
    Hash32 state_root;
    Hash32 transactions_root;
    Hash32 receipts_root;
    Bloom logs_bloom{};
    U256 difficulty;
    std::uint64_t number = 0;
    std::uint64_t gas_limit = 0;
    std::uint64_t gas_used = 0;
    std::uint64_t timestamp = 0;
    rlp::Bytes extra_data;
    Hash32 mix_hash;
    std::array<std::uint8_t, 8> nonce{};
    std::optional<U256> base_fee;                    ///< EIP-1559 (London)
    std::optional<Hash32> withdrawals_root;          ///< EIP-4895 (Shanghai)
    std::optional<std::uint64_t> blob_gas_used;      ///< EIP-4844 (Cancun)
    std::optional<std::uint64_t> excess_blob_gas;    ///< EIP-4844
    std::optional<Hash32> parent_beacon_block_root;  ///< EIP-4788 (Cancun)
    std::optional<Hash32> requests_hash;             ///< EIP-7685 (Prague)
};

/// The block's hash; nothing when a later upgrade's field is there and an earlier one's is not. A
/// chain whose headers have other fields gives another hash than its blocks have.
std::optional<Hash32> hash_header(const HeaderFields& header);

}  // namespace custodialbridge
