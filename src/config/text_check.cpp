#include "text_check.hpp"

#include <cstdint>

namespace custodialbridge::config {
namespace {

struct Sequence {
    std::size_t length = 1;
    std::uint32_t smallest = 0;  ///< the first code point that needs this length
    std::uint8_t first_bits = 0x7f;
};

/// Length 0: no sequence begins like this.
Sequence sequence_of(std::uint8_t first) {
    if (first < 0x80) return {};
    if ((first & 0xe0) == 0xc0) return {2, 0x80, 0x1f};
    if ((first & 0xf0) == 0xe0) return {3, 0x800, 0x0f};
    if ((first & 0xf8) == 0xf0) return {4, 0x10000, 0x07};
    return {0, 0, 0};
}

/// The code point that begins `text`, or nothing.
std::optional<std::uint32_t> decode(std::string_view text, std::size_t length, Sequence sequence) {
    if (length == 0 || text.size() < length) return std::nullopt;
    std::uint32_t point = static_cast<std::uint8_t>(text[0]) & sequence.first_bits;
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        if ((byte & 0xc0) != 0x80) return std::nullopt;
        point = point << 6 | (byte & 0x3f);
    }
    const bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < sequence.smallest || point > 0x10ffff || surrogate) return std::nullopt;
    return point;
}

bool is_control(std::uint32_t point) {
    const bool low = point < 0x20 && point != '\t' && point != '\n' && point != '\r';
    return low || (point >= 0x7f && point < 0xa0 && point != 0x85);
}

}  // namespace

std::optional<TextProblem> check_text(std::string_view text) {
    Mark mark{1, 1};
    while (!text.empty()) {
        const Sequence sequence = sequence_of(static_cast<std::uint8_t>(text[0]));
        const auto point = decode(text, sequence.length, sequence);
        if (!point) return TextProblem{mark, "", "this is not UTF-8 text"};
        if (is_control(*point)) return TextProblem{mark, "", "a control character"};
        text.remove_prefix(sequence.length);
        if (*point == '\n') {
            mark = {mark.line + 1, 1};
        } else {
            ++mark.column;
        }
    }
    return std::nullopt;
}

}  // namespace custodialbridge::config
