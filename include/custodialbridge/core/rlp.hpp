/// Recursive length prefix, writing only (yellow paper, appendix B). Each function appends one item
/// to `out`; a list is made of the appended items of its members.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::rlp {

using Bytes = std::vector<std::uint8_t>;

void append_bytes(Bytes& out, std::span<const std::uint8_t> bytes);

/// Big-endian without leading zeros; zero is the empty string.
void append_integer(Bytes& out, std::uint64_t value);
void append_integer(Bytes& out, const U256& value);

/// A list whose members' items are `members`, one after the other.
void append_list(Bytes& out, std::span<const std::uint8_t> members);

}  // namespace custodialbridge::rlp
