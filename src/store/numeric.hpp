/// Amounts in PostgreSQL's binary numeric format (numeric_send in utils/adt/numeric.c): four 16-bit
/// words (digit count, weight of the first digit, sign, scale), then base-10000 digits, all
/// big-endian.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::store {

inline constexpr std::size_t kNumericBytesMax = 8 + 2 * 20;  ///< 2^256-1 has 78 decimal digits

/// Writes `amount` at `out`, which has room for kNumericBytesMax; returns the bytes written.
std::size_t encode_numeric(const U256& amount, bool negative, char* out);

/// Nothing for what is not a whole number of at most 256 bits (NaN, a fraction, too large, cut
/// off).
std::optional<SignedAmount> decode_numeric(std::span<const char> bytes);

}  // namespace custodialbridge::store
