/// Keccak-256 as Ethereum uses it (the original padding, not FIPS-202 SHA3-256).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "custodialbridge/core/hash.hpp"

namespace custodialbridge {

Hash32 keccak256(std::span<const std::uint8_t> data);

/// Of a text's bytes: event signatures, e.g. keccak256("Transfer(address,address,uint256)").
Hash32 keccak256(std::string_view text);

}  // namespace custodialbridge
