#include "balance_text.hpp"

#include <charconv>
#include <cstdint>

namespace custodialbridge::cache {
namespace {

constexpr std::string_view kFormat = "1";
constexpr std::size_t kEpochDigits = 10;
constexpr std::size_t kBlockDigits = 20;

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    out.append(width - digits.size(), '0').append(digits);
}

// Takes the text before the next colon (or all that is left) off the front of `rest`.
std::string_view take_part(std::string_view& rest) {
    const auto colon = rest.find(':');
    const std::string_view part = rest.substr(0, colon);
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    return part;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

// The order of equally long digit strings does not depend on the server's locale, and is exact
// where Lua's numbers are not.
const std::string kSetIfNewerScript = R"(
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'string' and string.sub(held, 1, 2) == '1:' then
    local held_epoch, held_block = string.match(held, '^1:(%d+):(%d+):')
    local epoch, block = string.match(ARGV[1], '^1:(%d+):(%d+):')
    if held_epoch and #held_epoch == #epoch and #held_block == #block
        and held_epoch .. held_block > epoch .. block then
        return 0
    end
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
)";

std::string key_text(const BalanceKey& key) {
    std::string text = "balance:";
    text.append(key.user.value).append(":").append(std::to_string(key.chain.value));
    text.append(":").append(std::to_string(key.token.value));
    return text;
}

std::string to_text(const Balance& balance) {
    std::string text;
    text.reserve(200);
    text.append(kFormat).append(":");
    append_padded(text, balance.version.epoch, kEpochDigits);
    text += ':';
    append_padded(text, balance.version.block.value, kBlockDigits);
    text.append(":").append(to_string(balance.amount));
    text.append(":").append(to_string(balance.block_hash));
    text.append(":").append(std::to_string(balance.as_of.time_since_epoch().count()));
    return text;
}

std::optional<Balance> parse_balance(std::string_view text) {
    if (take_part(text) != kFormat) return std::nullopt;
    const auto epoch_text = take_part(text);
    const auto block_text = take_part(text);
    if (epoch_text.size() != kEpochDigits || block_text.size() != kBlockDigits) return std::nullopt;
    const auto epoch = parse_number<std::uint32_t>(epoch_text);
    const auto block = parse_number<std::uint64_t>(block_text);
    const auto amount = parse_u256(take_part(text));
    const auto hash = parse_hash(take_part(text));
    const auto as_of = parse_number<std::int64_t>(text);
    if (!epoch || !block || !amount || !hash || !as_of) return std::nullopt;

    Balance balance;
    balance.amount = *amount;
    balance.version = {*epoch, {*block}};
    balance.block_hash = *hash;
    balance.as_of = Time(Micros(*as_of));
    return balance;
}

}  // namespace custodialbridge::cache
