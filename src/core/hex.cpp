#include "custodialbridge/core/hex.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace custodialbridge {
namespace {

constexpr char kDigits[] = "0123456789abcdef";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
    for (std::uint8_t i = 0; i < 6; ++i) {
        const auto value = static_cast<std::uint8_t>(10 + i);
        values[static_cast<std::size_t>('a' + i)] = value;
        values[static_cast<std::size_t>('A' + i)] = value;
    }
    return values;
}();

std::uint8_t digit_value(char digit) {
    return kDigitValues[static_cast<unsigned char>(digit)];
}

bool has_prefix(std::string_view text) {
    return text.size() >= 2 && text[0] == '0' && text[1] == 'x';
}

// Bad digits are looked for once at the end: the loop has no branch, and real answers have no bad
// digits.
bool parse_digits(const char* digits, std::span<std::uint8_t> out) {
    unsigned seen = 0;
    for (std::uint8_t& byte : out) {
        const unsigned high = digit_value(digits[0]);
        const unsigned low = digit_value(digits[1]);
        seen |= high | low;
        byte = static_cast<std::uint8_t>(high << 4 | low);
        digits += 2;
    }
    return seen <= 0x0f;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string out;
    out.reserve(2 + 2 * bytes.size());
    out += "0x";
    append_hex(out, bytes);
    return out;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    const std::size_t start = out.size();
    out.resize(start + 2 * bytes.size());
    char* to = out.data() + start;
    for (const std::uint8_t byte : bytes) {
        *to++ = kDigits[byte >> 4];
        *to++ = kDigits[byte & 0x0f];
    }
}

bool parse_hex_exact(std::string_view text, std::span<std::uint8_t> out) {
    if (text.size() != 2 + 2 * out.size() || !has_prefix(text)) return false;
    return parse_digits(text.data() + 2, out);
}

std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
    if (!has_prefix(text) || text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes((text.size() - 2) / 2);
    if (!parse_digits(text.data() + 2, bytes)) return std::nullopt;
    return bytes;
}

std::optional<std::uint64_t> parse_quantity(std::string_view text) {
    if (!has_prefix(text) || text.size() == 2) return std::nullopt;
    std::uint64_t value = 0;
    for (const char digit : text.substr(2)) {
        const std::uint8_t digit_bits = digit_value(digit);
        if (digit_bits == kNoDigit || value >> 60 != 0) return std::nullopt;
        value = value << 4 | digit_bits;
    }
    return value;
}

std::string to_quantity(std::uint64_t value) {
    std::array<char, 18> text{'0', 'x'};
    const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), value, 16).ptr;
    return {text.data(), end};
}

}  // namespace custodialbridge
