#include "parse_chain.hpp"

#include <array>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "json_value.hpp"

namespace custodialbridge::rpc {

namespace {

namespace json = simdjson::ondemand;

constexpr std::uint64_t kTimestampMax = 253'402'300'799;  // the end of the year 9999

bool read_timestamp(json::value& value, Time& out) {
    const auto seconds = read_quantity(value);
    if (!seconds || *seconds > kTimestampMax) return false;
    out = Time(Seconds(static_cast<std::int64_t>(*seconds)));
    return true;
}

bool read_bloom(json::value& value, Bloom& out) {
    if (is_null(value)) return true;
    const auto text = plain_string(value);
    return text && parse_hex_exact(*text, out);
}

/// Of transactions that stand there by their hash alone, or in a form that we do not know, nobody
/// is named.
bool read_parties(json::value& value, std::vector<Address>& out) {
    json::array transactions;
    if (is_null(value) || value.get_array().get(transactions)) return true;
    for (auto element : transactions) {
        json::value one;
        json::object body;
        if (element.get(one)) return false;
        if (one.get_object().get(body)) continue;
        for (auto field : body) {
            json::value member;
            if (field.value().get(member)) return false;
            read_party(key_text(field.key().value_unsafe()), member, out);
        }
    }
    return true;
}

class HeaderParser {
  public:
    explicit HeaderParser(HeaderExtras extras) : extras_(extras) {}

    Result<BlockHeader> parse(json::object object) {
        header_.logs_bloom.fill(0xff);
        for (auto field : object) {
            json::value value;
            if (field.value().get(value)) return malformed("a block");
            const std::string_view key = key_text(field.key().value_unsafe());
            if (!take(key, value)) return malformed("a block's " + std::string(key));
        }
        if (found_ != kAll) return malformed("a block lacks number, hash, parentHash or timestamp");
        return header_;
    }

  private:
    static constexpr unsigned kNumber = 1, kHash = 2, kParent = 4, kTime = 8, kAll = 15;

    bool take(std::string_view key, json::value& value) {
        if (key == "number") {
            const auto number = read_quantity(value);
            header_.ref.number.value = number.value_or(0);
            return number && found(kNumber);
        }
        if (key == "hash") return read_hash(value, header_.ref.hash) && found(kHash);
        if (key == "parentHash") return read_hash(value, header_.parent) && found(kParent);
        if (key == "timestamp") return read_timestamp(value, header_.timestamp) && found(kTime);
        if (key == "logsBloom") return read_bloom(value, header_.logs_bloom);
        if (key == "stateRoot" && extras_.state_root) return read_hash(value, *extras_.state_root);
        if (key == "transactions" && extras_.parties) return read_parties(value, *extras_.parties);
        return true;
    }

    bool found(unsigned field) {
        found_ |= field;
        return true;
    }

    BlockHeader header_;
    HeaderExtras extras_;
    unsigned found_ = 0;
};

}  // namespace

Result<std::optional<BlockHeader>> parse_header(JsonValue& value, HeaderExtras extras) {
    if (is_null(value.raw())) return std::optional<BlockHeader>();
    json::object object;
    if (value.raw().get_object().get(object)) return malformed("a block is not an object");
    CB_TRY(header, HeaderParser(extras).parse(object));
    return std::optional<BlockHeader>(header);
}

Result<Hash32> parse_proof_root(JsonValue& value) {
    json::array nodes;
    if (value.raw()["accountProof"].get_array().get(nodes)) return malformed("a proof");
    for (auto element : nodes) {
        json::value node;
        if (element.get(node)) break;
        const auto text = plain_string(node);
        const auto bytes = text ? parse_hex(*text) : std::nullopt;
        if (!bytes) break;
        return keccak256(*bytes);
    }
    return malformed("a proof's first node");
}

Result<std::string> parse_text(JsonValue& value) {
    const auto text = plain_string(value.raw());
    if (!text) return malformed("a result is not a string");
    return std::string(*text);
}

std::optional<U256> parse_u256_quantity(std::string_view text) {
    if (text.size() < 3 || text.size() > 66 || !text.starts_with("0x")) return std::nullopt;
    std::string padded = "0x" + std::string(66 - text.size(), '0');
    padded += text.substr(2);
    std::array<std::uint8_t, 32> bytes;
    if (!parse_hex_exact(padded, bytes)) return std::nullopt;
    return u256_from_be(bytes);
}

}  // namespace custodialbridge::rpc
