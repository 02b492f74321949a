#include "custodialbridge/core/ids.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge {
namespace {

bool is_user_id_letter(char letter) {
    return (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
           (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' || letter == ':' ||
           letter == '@' || letter == '-';
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

Result<UserId> parse_user_id(std::string_view text) {
    if (text.empty() || text.size() > limits::kUserIdLengthMax ||
        !std::all_of(text.begin(), text.end(), is_user_id_letter)) {
        return Error{Errc::invalid, "a user id is 1 to 128 of A-Z a-z 0-9 . _ : @ -"};
    }
    return UserId{std::string(text)};
}

Result<ChainId> parse_chain_id(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value < 1 || *value > std::numeric_limits<std::int64_t>::max()) {
        return Error{Errc::invalid, "a chain id is a decimal number from 1 to 2^63-1"};
    }
    return ChainId{*value};
}

Result<TokenId> parse_token_id(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || *value > std::numeric_limits<std::int32_t>::max()) {
        return Error{Errc::invalid, "a token id is a decimal number from 0 to 2^31-1"};
    }
    return TokenId{static_cast<std::uint32_t>(*value)};
}

}  // namespace custodialbridge
