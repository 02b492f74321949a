#include "fields.hpp"

#include <array>
#include <charconv>
#include <span>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::uint64_t kConfirmationsMax = std::uint64_t{1} << 31;

Problem invalid(std::string_view field, std::string_view why) {
    return {problems::kInvalidParameter, std::string(field) + ": " + std::string(why)};
}

template <class T>
Checked<T> named(std::string_view field, Result<T> parsed) {
    if (!parsed) return invalid(field, parsed.error().message());
    return std::move(*parsed);
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    std::uint64_t value = 0;
    const auto end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

using CursorBytes = std::array<std::uint8_t, 20>;  // two numbers and a check sum, big-endian

void put_be(std::span<std::uint8_t> out, std::uint64_t value) {
    for (std::size_t i = out.size(); i-- > 0; value >>= 8)
        out[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t get_be(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

// FNV-1a over the list's name and both numbers: tells accidents, not attackers (a cursor gives no
// rights).
std::uint64_t check_sum(std::string_view list, std::span<const std::uint8_t> numbers) {
    std::uint32_t sum = 2166136261u;
    for (const char letter : list) sum = (sum ^ static_cast<std::uint8_t>(letter)) * 16777619u;
    for (const auto byte : numbers) sum = (sum ^ byte) * 16777619u;
    return sum;
}

}  // namespace

Checked<UserId> user_field(std::string_view text) { return named("user_id", parse_user_id(text)); }
Checked<ChainId> chain_field(std::string_view text) {
    return named("chain_id", parse_chain_id(text));
}
Checked<TokenId> token_field(std::string_view text) {
    return named("token_id", parse_token_id(text));
}
Checked<Address> address_field(std::string_view text) {
    return named("address", parse_address(text));
}

Checked<bool> flag_parameter(const Query& query, std::string_view name) {
    const auto* text = query.find(name);
    if (!text || *text == "false") return false;
    if (*text == "true") return true;
    return invalid(name, "must be true or false");
}

Checked<std::optional<std::uint32_t>> confirmations_parameter(const Query& query) {
    const auto* text = query.find("confirmations");
    if (!text) return std::optional<std::uint32_t>();
    const auto value = parse_decimal(*text);
    if (!value || *value < 1 || *value > kConfirmationsMax)
        return invalid("confirmations", "must be a decimal number from 1 to 2^31");
    return std::optional(static_cast<std::uint32_t>(*value));
}

Checked<std::optional<ChainId>> chain_parameter(const Query& query) {
    const auto* text = query.find("chain_id");
    if (!text) return std::optional<ChainId>();
    CB_TRY(chain, chain_field(*text));
    return std::optional(chain);
}

Checked<std::size_t> limit_parameter(const Query& query) {
    const auto* text = query.find("limit");
    if (!text) return limits::kListLimitDefault;
    const auto value = parse_decimal(*text);
    if (!value || *value < 1 || *value > limits::kListLimitMax)
        return invalid("limit", "must be a decimal number from 1 to 1000");
    return static_cast<std::size_t>(*value);
}

std::string write_cursor(std::string_view list, PageCursor cursor) {
    CursorBytes bytes;
    const std::span all(bytes);
    put_be(all.subspan(0, 8), cursor.first);
    put_be(all.subspan(8, 8), cursor.second);
    put_be(all.subspan(16, 4), check_sum(list, all.first(16)));
    std::string text;
    append_hex(text, all);
    return text;
}

Checked<std::optional<PageCursor>> cursor_parameter(const Query& query, std::string_view list) {
    const auto* text = query.find("cursor");
    if (!text) return std::optional<PageCursor>();
    CursorBytes bytes;
    const std::span<std::uint8_t> all(bytes);
    if (!parse_hex_exact("0x" + *text, all) ||
        get_be(all.subspan(16, 4)) != check_sum(list, all.first(16)))
        return invalid("cursor", "must be the next_cursor of an earlier page of this list");
    PageCursor cursor;
    cursor.first = get_be(all.subspan(0, 8));
    cursor.second = get_be(all.subspan(8, 8));
    return std::optional(cursor);
}

}  // namespace custodialbridge::api
