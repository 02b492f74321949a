#include "json_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace custodialbridge::api {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool needs_escape(char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == '"' || letter == '\\';
}

void append_escaped(std::string& out, char letter) {
    switch (letter) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(letter);
    out += "\\u00";
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
}

}  // namespace

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out.append(text, plain, i - plain);
        append_escaped(out, text[i]);
        plain = i + 1;
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
}

void JsonText::open(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
}

void JsonText::close(char bracket) {
    out_ += bracket;
    first_ = false;
}

void JsonText::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

void JsonText::key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    first_ = true;  // the value follows without a comma
}

void JsonText::value(std::string_view text) {
    separate();
    append_json_string(out_, text);
}

void JsonText::value(double number) {
    if (!std::isfinite(number)) return null();
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    bare({digits.data(), end});
}

void JsonText::bare(std::string_view text) {
    separate();
    out_ += text;
}

void JsonText::unsigned_value(std::uint64_t number) {
    separate();
    append_number(out_, number);
}

}  // namespace custodialbridge::api
