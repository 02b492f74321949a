#include "log_parser.hpp"

#include <limits>

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::rpc {

namespace {

namespace json = simdjson::ondemand;

constexpr std::size_t kLogTextBytes = 600;  // of a usual log; only a guess for reserving

enum : unsigned {
    kAddress = 1,
    kTopics = 2,
    kData = 4,
    kBlockHash = 8,
    kBlockNumber = 16,
    kTxHash = 32,
    kTxIndex = 64,
    kLogIndex = 128,
    kAll = 255
};

std::optional<std::uint32_t> read_index(json::value& value) {
    const auto number = read_quantity(value);
    if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

bool read_again(json::value& value, Hash32& out, const Hash32* known,
                std::string_view& known_text) {
    const auto text = plain_string(value);
    if (!text) return false;
    if (known && *text == known_text) {
        out = *known;
        return true;
    }
    known_text = *text;
    return parse_hex_exact(*text, out.bytes);
}

bool read_topics(json::value& value, Log& log) {
    json::array topics;
    if (value.get_array().get(topics)) return false;
    for (auto element : topics) {
        json::value topic;
        if (element.get(topic) || log.topic_count == log.topics.size()) return false;
        if (!read_hash(topic, log.topics[log.topic_count])) return false;
        ++log.topic_count;
    }
    return true;
}

}  // namespace

LogParser::LogParser(std::size_t answer_bytes) {
    batch_.logs.reserve(answer_bytes / kLogTextBytes);
    batch_.data.reserve(answer_bytes / kLogTextBytes * 32);
}

const char* LogParser::add(json::object& object) {
    batch_.logs.emplace_back();
    Log& log = batch_.logs.back();
    const Log* previous = batch_.logs.size() > 1 ? &log - 1 : nullptr;
    unsigned found = 0;
    for (auto field : object) {
        json::value value;
        if (field.value().get(value)) return "a log";
        const std::string_view key = key_text(field.key().value_unsafe());
        if (const char* wrong = read_field(key, value, log, previous, found)) return wrong;
    }
    if (found != kAll) return "a log lacks a field";
    return nullptr;
}

const char* LogParser::read_field(std::string_view key, json::value& value, Log& log,
                                  const Log* previous, unsigned& found) {
    if (key == "topics") {
        found |= kTopics;
        return read_topics(value, log) ? nullptr : "a log's topics";
    }
    if (key == "blockHash") {
        found |= kBlockHash;
        const Hash32* known = previous ? &previous->block.hash : nullptr;
        return read_again(value, log.block.hash, known, block_hash_text_) ? nullptr
                                                                          : "a log's blockHash";
    }
    if (key == "transactionHash") {
        found |= kTxHash;
        const Hash32* known = previous ? &previous->tx_hash : nullptr;
        return read_again(value, log.tx_hash, known, tx_hash_text_) ? nullptr
                                                                    : "a log's transactionHash";
    }
    if (key == "removed") return is_true(value) ? "a removed log" : nullptr;
    return read_plain_field(key, value, log, found);
}

const char* LogParser::read_plain_field(std::string_view key, json::value& value, Log& log,
                                        unsigned& found) {
    if (key == "address") {
        found |= kAddress;
        const auto text = plain_string(value);
        return text && parse_hex_exact(*text, log.address.bytes) ? nullptr : "a log's address";
    }
    if (key == "data") {
        found |= kData;
        return read_data(value, log) ? nullptr : "a log's data";
    }
    if (key == "blockNumber") {
        found |= kBlockNumber;
        const auto number = read_quantity(value);
        log.block.number.value = number.value_or(0);
        return number ? nullptr : "a log's blockNumber";
    }
    if (key == "transactionIndex") {
        found |= kTxIndex;
        const auto index = read_index(value);
        log.tx_index = index.value_or(0);
        return index ? nullptr : "a log's transactionIndex";
    }
    if (key == "logIndex") {
        found |= kLogIndex;
        const auto index = read_index(value);
        log.log_index = index.value_or(0);
        return index ? nullptr : "a log's logIndex";
    }
    return nullptr;
}

bool LogParser::read_data(json::value& value, Log& log) {
    const auto text = plain_string(value);
    if (!text || text->size() < 2 || text->size() % 2 != 0) return false;
    const std::size_t offset = batch_.data.size(), size = (text->size() - 2) / 2;
    if (offset + size > std::numeric_limits<std::uint32_t>::max()) return false;
    batch_.data.resize(offset + size);
    log.data_offset = static_cast<std::uint32_t>(offset);
    log.data_size = static_cast<std::uint32_t>(size);
    return parse_hex_exact(*text, std::span(batch_.data).subspan(offset));
}

}  // namespace custodialbridge::rpc
