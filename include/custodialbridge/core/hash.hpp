/// Hash32: a 32-byte hash or topic (block hash, transaction hash, event topic).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace custodialbridge {

struct Hash32 {
    std::array<std::uint8_t, 32> bytes{};
    auto operator<=>(const Hash32&) const = default;
};

std::string to_string(const Hash32& hash);  ///< 0x and 64 lower-case digits

/// 0x and exactly 64 digits of either case; nothing otherwise.
std::optional<Hash32> parse_hash(std::string_view text);

}  // namespace custodialbridge

template <>
struct std::hash<custodialbridge::Hash32> {
    std::size_t operator()(const custodialbridge::Hash32& value) const noexcept {
        std::size_t low;  // already uniform: a hash
        std::memcpy(&low, value.bytes.data() + 24, sizeof low);
        return low;
    }
};
