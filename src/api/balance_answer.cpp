#include "balance_answer.hpp"

#include <utility>

#include "custodialbridge/core/hex.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {

using ledger::NoBalance;

void append_tier(std::string& out, const ledger::BalanceView& view) {
    out += "X-Balance-Tier: ";
    out += ledger::to_string(view.tier);
    out += "\r\n";
}

void append_balance(std::string& out, std::string_view user, ChainId chain, TokenId token,
                    const ledger::BalanceView& view) {
    out += "{\"user_id\":\"";
    out += user;  // its letters need no escape
    out += "\",\"chain_id\":";
    append_number(out, chain.value);
    out += ",\"token_id\":";
    append_number(out, token.value);
    out += ",\"symbol\":";
    append_json_string(out, view.symbol);
    out += ",\"decimals\":";
    append_number(out, view.decimals);
    out += ",\"balance\":\"";
    out += view.units;
    out += "\",\"balance_raw\":\"";
    out += view.raw;
    out += view.realtime ? "\",\"source\":\"blockchain\"" : "\",\"source\":\"cache\"";
    out += ",\"last_updated\":\"";
    out += to_rfc3339(view.last_updated);
    out += "\",\"sync_lag\":";
    append_number(out, view.sync_lag_seconds);
    out += view.realtime ? ",\"is_realtime\":true" : ",\"is_realtime\":false";
    out += ",\"block_number\":";
    append_number(out, view.block.number.value);
    out += ",\"block_hash\":\"0x";
    append_hex(out, view.block.hash.bytes);
    out += '"';
    if (view.realtime) {
        out += ",\"chain_confirmation\":";
        append_number(out, view.confirmations);
    }
    out += '}';
}

Problem problem_of_failure(ledger::ReadFailure failure) {
    switch (failure.why) {
        case NoBalance::unknown_chain: return {problems::kUnknownChain, std::move(failure.detail)};
        case NoBalance::unknown_token: return {problems::kUnknownToken, std::move(failure.detail)};
        case NoBalance::unknown_user: return {problems::kUnknownUser, std::move(failure.detail)};
        case NoBalance::chain_unavailable:
            return {problems::kChainUnavailable, std::move(failure.detail)};
        case NoBalance::too_deep:
            return {problems::kInvalidParameter, "confirmations: " + failure.detail};
        case NoBalance::not_covered:
            return {problems::kHistoryUnavailable, std::move(failure.detail)};
        case NoBalance::unavailable: break;
    }
    return {problems::kUnavailable, std::move(failure.detail)};
}

}  // namespace custodialbridge::api
