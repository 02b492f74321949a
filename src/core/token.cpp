#include "custodialbridge/core/token.hpp"

#include <array>

namespace custodialbridge {
namespace {

// The names of the configuration and the API, in the order of the enumerators.
constexpr std::array<std::string_view, 4> kTokenKinds{"native", "erc20", "erc721", "erc1155"};
constexpr std::array<std::string_view, 4> kSyncClasses{"cpop", "major", "other", "nft"};
constexpr std::array<std::string_view, 2> kOnDifferences{"mismatch", "sync"};

template <class Enum, std::size_t N>
std::string_view name_of(Enum value, const std::array<std::string_view, N>& names) {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? names[index] : "unknown";
}

template <class Enum, std::size_t N>
std::optional<Enum> named(std::string_view text, const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

bool is_polled(const Token& token) {
    if (token.kind == TokenKind::native) return true;
    return !token.realtime && (token.kind != TokenKind::erc1155 || token.nft_id.has_value());
}

std::string_view to_string(TokenKind kind) {
    return name_of(kind, kTokenKinds);
}

std::string_view to_string(SyncClass sync_class) {
    return name_of(sync_class, kSyncClasses);
}

std::string_view to_string(OnDifference what) {
    return name_of(what, kOnDifferences);
}

std::optional<TokenKind> parse_token_kind(std::string_view text) {
    return named<TokenKind>(text, kTokenKinds);
}

std::optional<SyncClass> parse_sync_class(std::string_view text) {
    return named<SyncClass>(text, kSyncClasses);
}

std::optional<OnDifference> parse_on_difference(std::string_view text) {
    return named<OnDifference>(text, kOnDifferences);
}

}  // namespace custodialbridge
