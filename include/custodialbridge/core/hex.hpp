/// Hexadecimal text, as JSON-RPC writes it (Ethereum execution-apis: "data" and "quantity").
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace custodialbridge {

/// Lower-case hex with a 0x prefix.
std::string to_hex(std::span<const std::uint8_t> bytes);

/// Appends lower-case hex digits, without prefix.
void append_hex(std::string& out, std::span<const std::uint8_t> bytes);

/// Writes exactly `out.size()` bytes from 0x-prefixed hex of exactly that length; false otherwise.
bool parse_hex_exact(std::string_view text, std::span<std::uint8_t> out);

/// Any even number of digits after 0x; nothing when malformed.
std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text);

/// A JSON-RPC quantity (0x-prefixed, at most 64 bits; leading zeros are accepted); nothing
/// when malformed.
std::optional<std::uint64_t> parse_quantity(std::string_view text);

std::string to_quantity(std::uint64_t value);

}  // namespace custodialbridge
