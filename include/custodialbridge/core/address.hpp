/// Address: a 20-byte account or contract address, with the mixed-case checksum of EIP-55.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/result.hpp"

namespace custodialbridge {

struct Address {
    std::array<std::uint8_t, 20> bytes{};
    auto operator<=>(const Address&) const = default;

    bool is_zero() const { return *this == Address{}; }
};

/// 0x and 40 digits with the EIP-55 checksum case.
std::string to_string(const Address& address);

/// 0x and 40 digits. All lower or all upper case is taken as it is; mixed case must be a right
/// EIP-55 checksum. `invalid` otherwise, and the message says which.
Result<Address> parse_address(std::string_view text);

/// The address in the low 20 bytes of an ABI word or indexed topic; false, leaving `out` alone,
/// when the high 12 are not zero.
bool address_from_word(const Hash32& word, Address& out);

Hash32 to_word(const Address& address);

}  // namespace custodialbridge

template <>
struct std::hash<custodialbridge::Address> {
    std::size_t operator()(const custodialbridge::Address& address) const noexcept {
        std::uint64_t a, b;  // an attacker may choose bytes: mix both ends
        std::memcpy(&a, address.bytes.data(), 8);
        std::memcpy(&b, address.bytes.data() + 12, 8);
        a ^= b * 0x9e3779b97f4a7c15ULL;
        return a ^ (a >> 29);
    }
};
