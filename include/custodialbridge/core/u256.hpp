/// U256: an unsigned 256-bit amount in a token's smallest unit. Decimals exist only at the edge.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace custodialbridge {

using U256 = boost::multiprecision::uint256_t;  // unchecked: use the two functions below

/// Nothing on overflow past 2^256-1.
std::optional<U256> checked_add(const U256& a, const U256& b);

/// Nothing when `b` is larger than `a`.
std::optional<U256> checked_sub(const U256& a, const U256& b);

U256 u256_from_be(std::span<const std::uint8_t> big_endian);  ///< at most 32 bytes
void u256_to_be(const U256& value, std::span<std::uint8_t, 32> out);

/// Digits only, at most 2^256-1; nothing otherwise.
std::optional<U256> parse_u256(std::string_view decimal);
std::string to_string(const U256& value);

/// `value` with exactly `decimals` fraction digits, at most limits::kDecimalsMax (checked):
/// (1000500000, 6) is "1000.500000", (7, 0) is "7".
std::string format_units(const U256& value, unsigned decimals);

/// What a ledger entry does to a balance: a magnitude and a direction. Zero is never negative.
struct SignedAmount {
    U256 magnitude{0};
    bool negative = false;
    friend bool operator==(const SignedAmount&, const SignedAmount&) = default;
};

SignedAmount difference(const U256& to, const U256& from);  ///< to - from
std::string to_string(const SignedAmount& amount);          ///< "-5", "0", "12"

}  // namespace custodialbridge
