#include "fields.hpp"

#include <array>
#include <charconv>
#include <span>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::uint64_t kConfirmationsMax = std::uint64_t{1} << 31;
constexpr std::uint64_t kBlockMax = (std::uint64_t{1} << 63) - 1;

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

void put_be(std::span<std::uint8_t> out, std::uint64_t value) {
    for (std::size_t i = out.size(); i-- > 0; value >>= 8)
        out[i] = static_cast<std::uint8_t>(value);
}

std::uint64_t get_be(std::span<const std::uint8_t> bytes) {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

// FNV-1a over the list's name and the numbers: tells accidents, not attackers (a cursor gives no
// rights).
std::uint64_t check_sum(std::string_view list, std::span<const std::uint8_t> numbers) {
    std::uint32_t sum = 2166136261u;
    for (const char letter : list) sum = (sum ^ static_cast<std::uint8_t>(letter)) * 16777619u;
    for (const auto byte : numbers) sum = (sum ^ byte) * 16777619u;
    return sum;
}

// Big-endian, with a check sum behind them.
template <std::size_t kCount>
std::string write_numbers(std::string_view list, const std::array<std::uint64_t, kCount>& numbers) {
    std::array<std::uint8_t, 8 * kCount + 4> bytes;
    const std::span<std::uint8_t> all(bytes);
    for (std::size_t i = 0; i < kCount; ++i) put_be(all.subspan(8 * i, 8), numbers[i]);
    put_be(all.last(4), check_sum(list, all.first(8 * kCount)));
    std::string text;
    append_hex(text, all);
    return text;
}

template <std::size_t kCount>
Checked<std::optional<std::array<std::uint64_t, kCount>>> read_numbers(const Query& query,
                                                                       std::string_view list) {
    using Numbers = std::array<std::uint64_t, kCount>;
    const auto* text = query.find("cursor");
    if (!text) return std::optional<Numbers>();
    std::array<std::uint8_t, 8 * kCount + 4> bytes;
    const std::span<std::uint8_t> all(bytes);
    if (!parse_hex_exact("0x" + *text, all) ||
        get_be(all.last(4)) != check_sum(list, all.first(8 * kCount)))
        return invalid("cursor", "must be the next_cursor of an earlier page of this list");
    Numbers numbers;
    for (std::size_t i = 0; i < kCount; ++i) numbers[i] = get_be(all.subspan(8 * i, 8));
    return std::optional(numbers);
}

// Nothing when the query lacks it.
template <class T>
Checked<std::optional<T>> if_given(const Query& query, std::string_view name,
                                   Checked<T> (*parse)(std::string_view)) {
    const auto* text = query.find(name);
    if (!text) return std::optional<T>();
    CB_TRY(value, parse(*text));
    return std::optional<T>(std::move(value));
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
    return if_given(query, "chain_id", chain_field);
}
Checked<std::optional<TokenId>> token_parameter(const Query& query) {
    return if_given(query, "token_id", token_field);
}
Checked<std::optional<Address>> address_parameter(const Query& query) {
    return if_given(query, "address", address_field);
}

Checked<std::optional<BlockNumber>> block_parameter(const Query& query, std::string_view name) {
    const auto* text = query.find(name);
    if (!text) return std::optional<BlockNumber>();
    const auto value = parse_decimal(*text);
    if (!value || *value > kBlockMax)
        return invalid(name, "must be a decimal number from 0 to 2^63-1");
    return std::optional(BlockNumber{*value});
}

Checked<std::optional<FinalityLevel>> finality_parameter(const Query& query) {
    using Level = std::optional<FinalityLevel>;
    const auto* text = query.find("finality");
    if (!text) return Level();
    if (*text == "latest") return Level(FinalityLevel::latest);
    if (*text == "safe") return Level(FinalityLevel::safe);
    if (*text == "finalized") return Level(FinalityLevel::finalized);
    return invalid("finality", "must be latest, safe or finalized");
}

Checked<std::optional<EventType>> event_type_parameter(const Query& query) {
    using enum EventType;
    const auto* text = query.find("event_type");
    if (!text) return std::optional<EventType>();
    for (const EventType type :
         {transfer, transfer_single, transfer_batch, user_operation, mint, burn})
        if (*text == to_string(type)) return std::optional(type);
    return invalid("event_type", "must be Transfer, TransferSingle, TransferBatch, "
                                 "UserOperationEvent, Mint or Burn");
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
    return write_numbers(list, std::array{cursor.first, cursor.second});
}

Checked<std::optional<PageCursor>> cursor_parameter(const Query& query, std::string_view list) {
    CB_TRY(numbers, read_numbers<2>(query, list));
    if (!numbers) return std::optional<PageCursor>();
    return std::optional(PageCursor{(*numbers)[0], (*numbers)[1]});
}

std::string write_cursor(std::string_view list, const JournalPlace& place) {
    return write_numbers(list, std::array<std::uint64_t, 6>{place.chain.value, place.block.value,
                                                            place.epoch, place.log_index,
                                                            place.sub_index, place.part});
}

Checked<std::optional<JournalPlace>> place_parameter(const Query& query, std::string_view list) {
    CB_TRY(numbers, read_numbers<6>(query, list));
    if (!numbers) return std::optional<JournalPlace>();
    const auto& [chain, block, epoch, log_index, sub_index, part] = *numbers;
    return std::optional(JournalPlace{ChainId{chain}, BlockNumber{block},
                                      static_cast<std::uint32_t>(epoch),
                                      static_cast<std::uint32_t>(log_index), sub_index, part});
}

std::string write_cursor(std::string_view list, const ledger::NftPlace& place) {
    std::array<std::uint8_t, 32> id{};
    u256_to_be(place.nft_id, id);
    const std::span<const std::uint8_t> bytes(id);
    return write_numbers(list, std::array<std::uint64_t, 6>{
                                   place.chain.value, place.token.value, get_be(bytes.first(8)),
                                   get_be(bytes.subspan(8, 8)), get_be(bytes.subspan(16, 8)),
                                   get_be(bytes.last(8))});
}

Checked<std::optional<ledger::NftPlace>> nft_place_parameter(const Query& query,
                                                             std::string_view list) {
    CB_TRY(numbers, read_numbers<6>(query, list));
    if (!numbers) return std::optional<ledger::NftPlace>();
    const auto& [chain, token, a, b, c, d] = *numbers;
    U256 id{0};
    for (const std::uint64_t part : {a, b, c, d}) id = (id << 64) | part;
    return std::optional(
        ledger::NftPlace{ChainId{chain}, TokenId{static_cast<std::uint32_t>(token)}, id});
}

}  // namespace custodialbridge::api
