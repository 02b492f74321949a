#include "log_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace custodialbridge::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
    }
    return "info";
}

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

// The length of the well-formed UTF-8 sequence that `text` begins with (RFC 3629, section 4); 0
// when it begins with none.
std::size_t sequence_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length),
                     is_continuation))
        return 0;
    const auto second = static_cast<unsigned char>(text[1]);
    const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
    const bool surrogate = lead == 0xED && second > 0x9F;
    const bool too_high = lead == 0xF4 && second > 0x8F;
    return overlong || surrogate || too_high ? 0 : length;
}

void append_control(std::string& out, unsigned char control) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (control) {
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += kDigits[control >> 4];
            out += kDigits[control & 0xF];
    }
}

// Valid UTF-8 without control characters; with `quotes`, fit to stand between JSON's quotes.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        const std::size_t length = sequence_length(text);
        if (first < 0x20 || first == 0x7F) {
            append_control(out, first);
        } else if (quotes && (first == '"' || first == '\\')) {
            out += '\\';
            out += text[0];
        } else if (length == 0) {
            out += kReplacement;
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    append_escaped(out, text, true);
    out += '"';
}

bool stands_alone(std::string_view value) {
    return !value.empty() && value.find_first_of(" =\"\\") == std::string_view::npos &&
           std::all_of(value.begin(), value.end(), [](char letter) {
               const auto byte = static_cast<unsigned char>(letter);
               return byte >= 0x20 && byte != 0x7F;
           });
}

}  // namespace

std::string json_line(const LogEntry& entry) {
    std::string out = R"({"time":")" + to_rfc3339(entry.time) + R"(","level":")";
    out += to_string(entry.level);
    out += R"(","message":)";
    append_quoted(out, entry.message);
    for (const Field& field : entry.fields) {
        out += ',';
        append_quoted(out, field.name);
        out += ':';
        if (field.quoted)
            append_quoted(out, field.value);
        else
            out += field.value;
    }
    out += '}';
    return out;
}

std::string text_line(const LogEntry& entry) {
    std::string out = to_rfc3339(entry.time) + ' ';
    out += to_string(entry.level);
    out += ' ';
    append_escaped(out, entry.message, false);
    for (const Field& field : entry.fields) {
        out += ' ';
        append_escaped(out, field.name, false);
        out += '=';
        if (!field.quoted || stands_alone(field.value))
            append_escaped(out, field.value, false);
        else
            append_quoted(out, field.value);
    }
    return out;
}

}  // namespace custodialbridge::telemetry
