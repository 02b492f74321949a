#include "custodialbridge/core/token_draft.hpp"

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge {
namespace {

constexpr std::size_t kSymbolBytesMax = 64;

Error wrong(const char* field, const char* why) {
    return {Errc::invalid, std::string(field).append(": ").append(why)};
}

bool is_nft(TokenKind kind) {
    return kind == TokenKind::erc721 || kind == TokenKind::erc1155;
}

Result<void> check_needed(const TokenDraft& draft) {
    if (!draft.kind) return wrong("kind", "is needed");
    if (!draft.sync_class) return wrong("sync_class", "is needed");
    if (!draft.symbol) return wrong("symbol", "is needed");
    if (draft.symbol->empty() || draft.symbol->size() > kSymbolBytesMax)
        return wrong("symbol", "must have 1 to 64 bytes");
    if (!draft.decimals && !is_nft(*draft.kind)) return wrong("decimals", "is needed");
    return {};
}

Result<void> check_contract(const TokenDraft& draft) {
    const bool native = *draft.kind == TokenKind::native;
    if (native && draft.address) return wrong("address", "a native currency has no contract");
    if (!native && !draft.address) return wrong("address", "is needed");
    if (!native && draft.address->is_zero())
        return wrong("address", "the zero address is no contract");
    if (draft.nft_id && *draft.kind != TokenKind::erc1155)
        return wrong("nft_id", "only an erc1155 may name one id");
    if (draft.decimals && *draft.decimals > limits::kDecimalsMax)
        return wrong("decimals", "must be 0 to 77");
    if (draft.decimals && *draft.decimals != 0 && *draft.kind == TokenKind::erc721)
        return wrong("decimals", "an erc721 is counted in whole pieces: 0");
    return {};
}

Result<bool> realtime_of(const TokenDraft& draft, const TokenDefaults& defaults) {
    const bool asked = draft.realtime.value_or(is_nft(*draft.kind));
    if (*draft.kind == TokenKind::native) {
        if (asked) return wrong("realtime", "a native currency has no events");
        return false;
    }
    const bool is_cpop = *draft.sync_class == SyncClass::cpop;
    if (is_cpop && draft.realtime && !*draft.realtime)
        return wrong("realtime", "a token of class cpop is always real time");
    return asked || is_cpop || defaults.realtime[static_cast<std::size_t>(*draft.sync_class)];
}

}  // namespace

Result<Token> complete(const TokenDraft& draft, const TokenDefaults& defaults) {
    CB_CHECKED(check_needed(draft));
    CB_CHECKED(check_contract(draft));
    CB_TRY(realtime, realtime_of(draft, defaults));
    Token token;
    token.chain = draft.chain;
    token.id = draft.id;
    token.kind = *draft.kind;
    token.sync_class = *draft.sync_class;
    token.symbol = *draft.symbol;
    token.decimals = static_cast<std::uint8_t>(draft.decimals.value_or(0));
    token.address = draft.address.value_or(Address{});
    token.realtime = realtime;
    token.nft_id = draft.nft_id;
    token.mismatch_threshold = draft.mismatch_threshold.value_or(defaults.mismatch_threshold);
    token.on_difference = draft.on_difference.value_or(
        token.sync_class == SyncClass::cpop ? OnDifference::mismatch : OnDifference::sync);
    return token;
}

bool same_token(const Token& a, const Token& b) {
    return a.chain == b.chain && a.id == b.id && a.kind == b.kind && a.address == b.address &&
           a.nft_id == b.nft_id;
}

Result<void> may_stand_beside(const Token& token, const Token& other) {
    if (token.chain != other.chain) return {};
    const std::string number = std::to_string(other.id.value);
    if (token.id == other.id) {
        if (same_token(token, other)) return {};
        return Error(Errc::conflict,
                     "token " + number + " is there with another kind, address or nft_id");
    }
    if (token.address != other.address) return {};
    if (token.kind != other.kind)
        return Error(Errc::conflict, "token " + number + " has this contract as another kind");
    if (token.nft_id == other.nft_id)
        return Error(Errc::conflict, "token " + number + " is this one already");
    return {};
}

}  // namespace custodialbridge
