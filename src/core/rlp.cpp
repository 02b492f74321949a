#include "custodialbridge/core/rlp.hpp"

#include <algorithm>
#include <array>

namespace custodialbridge::rlp {

namespace {

constexpr std::uint8_t kBytes = 0x80;
constexpr std::uint8_t kList = 0xc0;
constexpr std::size_t kShort = 55;  // the longest payload whose length stands in the first byte

std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
    std::array<std::uint8_t, 8> bytes;
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, value >>= 8)
        *byte = static_cast<std::uint8_t>(value);
    return bytes;
}

std::span<const std::uint8_t> without_leading_zeros(std::span<const std::uint8_t> bytes) {
    const auto first =
        std::find_if(bytes.begin(), bytes.end(), [](auto byte) { return byte != 0; });
    return bytes.subspan(static_cast<std::size_t>(first - bytes.begin()));
}

void append_payload(Bytes& out, std::uint8_t kind, std::span<const std::uint8_t> payload) {
    if (payload.size() <= kShort) {
        out.push_back(static_cast<std::uint8_t>(kind + payload.size()));
    } else {
        const auto bytes = big_endian(payload.size());
        const auto length = without_leading_zeros(bytes);
        out.push_back(static_cast<std::uint8_t>(kind + kShort + length.size()));
        out.insert(out.end(), length.begin(), length.end());
    }
    out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace

void append_bytes(Bytes& out, std::span<const std::uint8_t> bytes) {
    if (bytes.size() == 1 && bytes[0] < kBytes) {
        out.push_back(bytes[0]);
    } else {
        append_payload(out, kBytes, bytes);
    }
}

void append_integer(Bytes& out, std::uint64_t value) {
    append_bytes(out, without_leading_zeros(big_endian(value)));
}

void append_integer(Bytes& out, const U256& value) {
    std::array<std::uint8_t, 32> bytes;
    u256_to_be(value, bytes);
    append_bytes(out, without_leading_zeros(bytes));
}

void append_list(Bytes& out, std::span<const std::uint8_t> members) {
    append_payload(out, kList, members);
}

}  // namespace custodialbridge::rlp
