#include <algorithm>
#include <array>

#include "json_value.hpp"
#include "parse_chain.hpp"
#include "parse_proof.hpp"

namespace custodialbridge::rpc {

namespace {

namespace json = simdjson::ondemand;

constexpr std::uint64_t kTimestampMax = 253'402'300'799;  // the end of the year 9999

bool read(json::value& value, Hash32& out) {
    return read_hash(value, out);
}

bool read(json::value& value, std::uint64_t& out) {
    const auto number = read_quantity(value);
    out = number.value_or(0);
    return number.has_value();
}

bool read(json::value& value, U256& out) {
    const auto text = plain_string(value);
    const auto number = text ? parse_u256_quantity(*text) : std::nullopt;
    out = number.value_or(U256(0));
    return number.has_value();
}

bool read(json::value& value, rlp::Bytes& out) {
    const auto text = plain_string(value);
    auto bytes = text ? parse_hex(*text) : std::nullopt;
    if (bytes) out = std::move(*bytes);
    return bytes.has_value();
}

template <std::size_t size>
bool read(json::value& value, std::array<std::uint8_t, size>& out) {
    const auto text = plain_string(value);
    return text && parse_hex_exact(*text, out);
}

bool read(json::value& value, Address& out) {
    return read(value, out.bytes);
}

/// A transaction's hash and, not proven, who is in it; where it makes a contract there is no `to`.
bool read_body(json::object& body, WholeHeader& header) {
    bool found = false;
    for (auto field : body) {
        json::value member;
        if (field.value().get(member)) return false;
        const std::string_view name = key_text(field.key().value_unsafe());
        if (name == "hash") {
            found = true;
            if (!read_hash(member, header.transactions.emplace_back())) return false;
        } else {
            read_party(name, member, header.parties);
        }
    }
    return found;
}

bool read_transactions(json::value& value, WholeHeader& header) {
    json::array transactions;
    if (value.get_array().get(transactions)) return false;
    for (auto element : transactions) {
        json::value one;
        if (element.get(one)) return false;
        json::object body;
        const bool has_body = !one.get_object().get(body);
        if (has_body ? !read_body(body, header)
                     : !read_hash(one, header.transactions.emplace_back()))
            return false;
    }
    return true;
}

template <class T>
bool read(json::value& value, std::optional<T>& out) {
    return read(value, out.emplace());
}

struct Key {
    std::string_view name;
    bool optional;
    bool (*read)(json::value&, WholeHeader&);
};

template <auto member>
bool read_field(json::value& value, WholeHeader& header) {
    return read(value, header.fields.*member);
}

template <auto member>
constexpr Key needed(std::string_view name) {
    return {name, false, read_field<member>};
}

template <auto member>
constexpr Key optional(std::string_view name) {
    return {name, true, read_field<member>};
}

constexpr std::array kKeys{
    Key{"hash", false, [](json::value& value, WholeHeader& to) { return read(value, to.hash); }},
    Key{"transactions", false, read_transactions},
    needed<&HeaderFields::parent_hash>("parentHash"),
    needed<&HeaderFields::ommers_hash>("sha3Uncles"),
    needed<&HeaderFields::beneficiary>("miner"),
    needed<&HeaderFields::state_root>("stateRoot"),
    needed<&HeaderFields::transactions_root>("transactionsRoot"),
    needed<&HeaderFields::receipts_root>("receiptsRoot"),
    needed<&HeaderFields::logs_bloom>("logsBloom"),
    needed<&HeaderFields::difficulty>("difficulty"),
    needed<&HeaderFields::number>("number"),
    needed<&HeaderFields::gas_limit>("gasLimit"),
    needed<&HeaderFields::gas_used>("gasUsed"),
    needed<&HeaderFields::timestamp>("timestamp"),
    needed<&HeaderFields::extra_data>("extraData"),
    needed<&HeaderFields::mix_hash>("mixHash"),
    needed<&HeaderFields::nonce>("nonce"),
    optional<&HeaderFields::base_fee>("baseFeePerGas"),
    optional<&HeaderFields::withdrawals_root>("withdrawalsRoot"),
    optional<&HeaderFields::blob_gas_used>("blobGasUsed"),
    optional<&HeaderFields::excess_blob_gas>("excessBlobGas"),
    optional<&HeaderFields::parent_beacon_block_root>("parentBeaconBlockRoot"),
    optional<&HeaderFields::requests_hash>("requestsHash")};

/// What nodes add to a header that its hash does not stand for: of all clients, of Parity's
/// descendants, of Arbitrum, zkSync and BNB.
constexpr std::array<std::string_view, 12> kAdded{
    "size",          "uncles",    "withdrawals", "totalDifficulty",  "author",
    "sealFields",    "sendCount", "sendRoot",    "l1BatchTimestamp", "l1BatchNumber",
    "l1BlockNumber", "milliTimestamp"};

bool is_added(std::string_view name) {
    return std::find(kAdded.begin(), kAdded.end(), name) != kAdded.end();
}

}  // namespace

BlockHeader WholeHeader::header() const {
    BlockHeader header;
    header.ref = {{fields.number}, hash};
    header.parent = fields.parent_hash;
    header.timestamp = Time(Seconds(static_cast<std::int64_t>(fields.timestamp)));
    header.logs_bloom = fields.logs_bloom;
    return header;
}

Result<std::optional<WholeHeader>> parse_whole_header(JsonValue& value) {
    if (is_null(value.raw())) return std::optional<WholeHeader>();
    json::object object;
    if (value.raw().get_object().get(object)) return malformed("a block is not an object");
    std::optional<WholeHeader> header(std::in_place);
    std::array<bool, kKeys.size()> found{};
    for (auto field : object) {
        json::value member;
        if (field.value().get(member)) return malformed("a block");
        const std::string_view name = key_text(field.key().value_unsafe());
        const auto key = std::find_if(kKeys.begin(), kKeys.end(),
                                      [&](const Key& each) { return each.name == name; });
        if (is_null(member)) continue;
        if (key == kKeys.end()) {
            if (!is_added(name)) header->unknown = name;
            continue;
        }
        if (!key->read(member, *header)) return malformed("a block's " + std::string(name));
        found[static_cast<std::size_t>(key - kKeys.begin())] = true;
    }
    if (header->fields.timestamp > kTimestampMax) return malformed("a block's timestamp");
    for (std::size_t i = 0; i < kKeys.size(); ++i)
        if (!found[i] && !kKeys[i].optional)
            return Error(Errc::unsupported, "a header has no " + std::string(kKeys[i].name));
    return header;
}

}  // namespace custodialbridge::rpc
