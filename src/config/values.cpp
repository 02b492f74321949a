#include "values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "edit_distance.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::size_t kShownMax = 64;

Error wrong(const Scalar& scalar, const std::string& what) {
    return {Errc::invalid, shown(scalar) + " " + what};
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

std::string digits_of(double value) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string in_units(Millis value) {
    const auto count = value.count();
    if (count % 3'600'000 == 0 && count > 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0 && count > 0) return std::to_string(count / 60'000) + "m";
    if (count % 1000 == 0) return std::to_string(count / 1000) + "s";
    return std::to_string(count) + "ms";
}

bool is_name_letter(char letter) {
    return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("._:@-").find(letter) != std::string_view::npos;
}

}  // namespace

std::string shown(const Scalar& scalar) {
    if (scalar.written.size() <= kShownMax) return '"' + scalar.written + '"';
    std::size_t length = kShownMax;  // not through the middle of a character
    while (length > 0 && (static_cast<unsigned char>(scalar.written[length]) & 0xc0) == 0x80)
        --length;
    return '"' + scalar.written.substr(0, length) + "…\"";
}

Result<std::uint64_t> whole_number(const Scalar& scalar, std::uint64_t least, std::uint64_t most) {
    const std::string range = std::to_string(least) + " to " + std::to_string(most);
    if (scalar.is_text()) return wrong(scalar, "is text, not a number; write it without quotes");
    const std::string_view text = scalar.text;
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
        return letter >= '0' && letter <= '9';
    });
    if (!digits) return wrong(scalar, "is not a whole number from " + range);
    const auto value = parse<std::uint64_t>(text);
    if (!value || *value < least || *value > most)
        return wrong(scalar, "is out of range; it must be from " + range);
    return *value;
}

Result<double> decimal_number(const Scalar& scalar, double least, double most) {
    if (scalar.is_text()) return wrong(scalar, "is text, not a number; write it without quotes");
    const auto value = parse<double>(scalar.text);
    if (!value || !std::isfinite(*value)) return wrong(scalar, "is not a number");
    if (*value < least || *value > most)
        return wrong(scalar, "is out of range; it must be from " + digits_of(least) + " to " +
                                 digits_of(most));
    return *value;
}

Result<bool> yes_or_no(const Scalar& scalar) {
    if (!scalar.is_text()) {
        if (scalar.text == "true" || scalar.text == "True" || scalar.text == "TRUE") return true;
        if (scalar.text == "false" || scalar.text == "False" || scalar.text == "FALSE")
            return false;
    }
    return wrong(scalar, "is neither true nor false");
}

Result<Millis> duration(const Scalar& scalar, Millis least, Millis most, bool or_zero) {
    const auto value = parse_duration(scalar.text);
    if (!value) return wrong(scalar, "is not a duration such as 500ms, 10s, 5m or 2h");
    if (or_zero && *value == Millis{0}) return *value;
    if (*value < least || *value > most)
        return wrong(scalar, "is out of range; it must be from " + in_units(least) + " to " +
                                 in_units(most) + (or_zero ? ", or 0s" : ""));
    return *value;
}

Result<std::size_t> byte_size(const Scalar& scalar, std::size_t least, std::size_t most) {
    struct Unit {
        std::string_view name;
        std::size_t bytes;
    };
    constexpr std::array kUnits{Unit{"KiB", std::size_t{1} << 10},
                                Unit{"MiB", std::size_t{1} << 20},
                                Unit{"GiB", std::size_t{1} << 30}, Unit{"B", 1}, Unit{"", 1}};
    const std::string_view text = scalar.text;
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [text](const Unit& known) {
        return text.ends_with(known.name);
    });
    const auto count = parse<std::uint64_t>(text.substr(0, text.size() - unit->name.size()));
    if (!count) return wrong(scalar, "is not a size such as 1MiB, 512KiB or 4096");
    if (*count > most / unit->bytes || *count * unit->bytes < least)
        return wrong(scalar, "is out of range; it must be from " + std::to_string(least) + " to " +
                                 std::to_string(most) + " bytes");
    return *count * unit->bytes;
}

Result<U256> amount(const Scalar& scalar) {
    if (const auto value = parse_u256(scalar.text)) return *value;
    return wrong(scalar, "is not an amount in smallest units: digits only, at most 2^256-1");
}

Result<Address> address(const Scalar& scalar) {
    const auto value = parse_address(scalar.text);
    if (value) return *value;
    const bool length_and_digits = scalar.text.size() == 42;
    if (length_and_digits && value.error().message().find("EIP-55") != std::string::npos)
        return wrong(scalar, "has a wrong EIP-55 checksum; check it, or write it in lower case");
    return wrong(scalar, "is not an address: 0x and 40 hexadecimal digits");
}

Result<std::string> text(const Scalar& scalar, std::size_t least, std::size_t most) {
    const std::string& value = scalar.text;
    if (value.empty() && least > 0) return Error{Errc::invalid, "must not be empty"};
    if (value.size() < least || value.size() > most)
        return Error{Errc::invalid, "must have " + std::to_string(least) + " to " +
                                        std::to_string(most) + " bytes"};
    if (value.find_first_of("\r\n") != std::string::npos)
        return Error{Errc::invalid, "must be a single line"};
    return value;
}

Result<std::string> name(const Scalar& scalar) {
    const std::string& value = scalar.text;
    if (value.empty() || value.size() > 64 ||
        !std::all_of(value.begin(), value.end(), is_name_letter))
        return wrong(scalar, "is not a name: 1 to 64 of A-Z a-z 0-9 . _ : @ -");
    return value;
}

Result<int> one_of(const Scalar& scalar, std::span<const Choice> choices) {
    std::vector<std::string_view> names;
    std::string list;
    for (const Choice& choice : choices) {
        if (scalar.text == choice.name) return choice.value;
        names.push_back(choice.name);
        list += (list.empty() ? "" : ", ") + std::string(choice.name);
    }
    return wrong(scalar, "is none of " + list + "; did you mean \"" +
                             std::string(nearest(scalar.text, names)) + "\"?");
}

}  // namespace custodialbridge::config
