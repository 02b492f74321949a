/// JSON values as chain answers hold them, read in place (simdjson On-Demand). For sources of rpc
/// only.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/hex.hpp"
#include "json_rpc.hpp"

namespace custodialbridge::rpc {

/// One value of a document that is being read; good until the next one is read.
class JsonValue {
  public:
    JsonValue(simdjson::ondemand::value value, std::size_t answer_bytes)
        : value_(value), answer_bytes_(answer_bytes) {}
    simdjson::ondemand::value& raw() { return value_; }

    /// The size of the whole answer that holds the value.
    std::size_t answer_bytes() const { return answer_bytes_; }

  private:
    simdjson::ondemand::value value_;
    std::size_t answer_bytes_;
};

/// The text of a string as it is written (hex has no escapes), without a copy; nothing for other
/// types.
inline std::optional<std::string_view> plain_string(simdjson::ondemand::value& value) {
    std::string_view token = value.raw_json_token();
    if (token.size() < 2 || token.front() != '"') return std::nullopt;
    token.remove_prefix(1);
    while (token.back() != '"') {  // blanks up to the next token
        token.remove_suffix(1);
        if (token.empty()) return std::nullopt;
    }
    token.remove_suffix(1);
    return token;
}

inline bool is_null(simdjson::ondemand::value& value) {
    return value.raw_json_token().starts_with("null");
}

inline bool is_true(simdjson::ondemand::value& value) {
    return value.raw_json_token().starts_with("true");
}

/// The text of an object's key, up to its closing quote; an escaped key is not one that we look
/// for.
inline std::string_view key_text(simdjson::ondemand::raw_json_string key) {
    const char* end = key.raw();
    while (*end != '"') ++end;
    return {key.raw(), end};
}

inline Error malformed(std::string_view what) {
    return {Errc::unavailable, "bad answer: " + std::string(what)};
}

inline bool read_hash(simdjson::ondemand::value& value, Hash32& out) {
    const auto text = plain_string(value);
    return text && parse_hex_exact(*text, out.bytes);
}

/// A member of a transaction's body: who it is from or to, which is nobody where it makes a
/// contract. Other members are passed over.
inline void read_party(std::string_view name, simdjson::ondemand::value& value,
                       std::vector<Address>& out) {
    if ((name != "from" && name != "to") || is_null(value)) return;
    const auto text = plain_string(value);
    Address party;
    if (text && parse_hex_exact(*text, party.bytes)) out.push_back(party);
}

inline std::optional<std::uint64_t> read_quantity(simdjson::ondemand::value& value) {
    const auto text = plain_string(value);
    return text ? parse_quantity(*text) : std::nullopt;
}

}  // namespace custodialbridge::rpc
