#include <algorithm>
#include <limits>

#include "custodialbridge/core/hex.hpp"
#include "json_value.hpp"
#include "parse_chain.hpp"

namespace custodialbridge::rpc {

LogChecks::LogChecks(const LogFilter& filter, BlockNumber first, BlockNumber last)
    : addresses_(filter.addresses), topics0_(filter.topics0), first_(first), last_(last) {
    std::sort(addresses_.begin(), addresses_.end());
    std::sort(topics0_.begin(), topics0_.end());
}

LogChecks::LogChecks(const LogFilter& filter, const Hash32& block)
    : LogChecks(filter, BlockNumber{0}, BlockNumber{~std::uint64_t{0}}) {
    block_ = block;
}

const char* LogChecks::complaint(const Log& log, const Log* previous) const {
    if (block_ && log.block.hash != *block_) return "a log of another block than asked for";
    if (log.block.number < first_ || log.block.number > last_) return "a log outside of the range";
    if (previous)
        if (const char* wrong = place_complaint(log, *previous)) return wrong;
    const bool known_address = previous && previous->address == log.address;
    if (!known_address && !std::binary_search(addresses_.begin(), addresses_.end(), log.address))
        return "a log of a contract that was not asked for";
    if (topics0_.empty()) return nullptr;
    if (log.topic_count == 0) return "a log without the topic that was asked for";
    const bool known_topic = previous && previous->topics[0] == log.topics[0];
    if (!known_topic && !std::binary_search(topics0_.begin(), topics0_.end(), log.topics[0]))
        return "a log with a topic that was not asked for";
    return nullptr;
}

const char* LogChecks::place_complaint(const Log& log, const Log& previous) const {
    if (log.block.number == previous.block.number) {
        if (log.block.hash != previous.block.hash) return "two hashes for one block";
        if (log.log_index <= previous.log_index) return "logs of a block are not in order";
        return nullptr;
    }
    return log.block.number < previous.block.number ? "blocks are not in order" : nullptr;
}

namespace {

namespace json = simdjson::ondemand;

constexpr std::size_t kLogTextBytes = 600;  // of a usual log; only a guess for reserving

std::optional<std::uint32_t> read_index(json::value& value) {
    const auto number = read_quantity(value);
    if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

/// Reads logs into one batch. Consecutive logs often repeat a field's text; it is decoded once.
class LogParser {
  public:
    LogParser(const LogChecks& checks, std::size_t bytes) : checks_(checks) {
        batch_.logs.reserve(bytes / kLogTextBytes);
        batch_.data.reserve(bytes / kLogTextBytes * 32);
    }

    Result<LogBatch> parse(json::array array) {
        for (auto element : array) {
            json::object object;
            if (element.get_object().get(object)) return malformed("a log is not an object");
            if (const char* wrong = read_log(object)) return malformed(wrong);
        }
        return std::move(batch_);
    }

  private:
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

    /// Adds the log; what is wrong with it, or null.
    const char* read_log(json::object& object) {
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
        return checks_.complaint(log, previous);
    }

    const char* read_field(std::string_view key, json::value& value, Log& log, const Log* previous,
                           unsigned& found) {
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

    const char* read_plain_field(std::string_view key, json::value& value, Log& log,
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

    static bool read_again(json::value& value, Hash32& out, const Hash32* known,
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

    static bool read_topics(json::value& value, Log& log) {
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

    bool read_data(json::value& value, Log& log) {
        const auto text = plain_string(value);
        if (!text || text->size() < 2 || text->size() % 2 != 0) return false;
        const std::size_t offset = batch_.data.size(), size = (text->size() - 2) / 2;
        if (offset + size > std::numeric_limits<std::uint32_t>::max()) return false;
        batch_.data.resize(offset + size);
        log.data_offset = static_cast<std::uint32_t>(offset);
        log.data_size = static_cast<std::uint32_t>(size);
        return parse_hex_exact(*text, std::span(batch_.data).subspan(offset));
    }

    const LogChecks& checks_;
    LogBatch batch_;
    std::string_view block_hash_text_, tx_hash_text_;  // of the previous log, in the answer's text
};

void append_filter(std::string& out, const LogFilter& filter) {
    const auto append_list = [&out](const auto& values) {
        out += '[';
        for (std::size_t i = 0; i < values.size(); ++i) {
            out += i > 0 ? ",\"0x" : "\"0x";
            append_hex(out, values[i].bytes);
            out += '"';
        }
        out += ']';
    };
    if (!filter.addresses.empty()) {
        out += R"(,"address":)";
        append_list(filter.addresses);
    }
    if (!filter.topics0.empty()) {
        out += R"(,"topics":[)";
        append_list(filter.topics0);
        out += ']';
    }
    out += "}]";
}

}  // namespace

Result<LogBatch> parse_logs(JsonValue& value, const LogChecks& checks, LogShare share) {
    json::array array;
    if (value.raw().get_array().get(array)) return malformed("logs are not a list");
    const std::size_t bytes = share == LogShare::most ? value.answer_bytes() : 0;
    return LogParser(checks, bytes).parse(array);
}

std::string log_query(const LogFilter& filter, const Hash32& block) {
    std::string out = R"([{"blockHash":")" + to_string(block) + '"';
    append_filter(out, filter);
    return out;
}

std::string log_query(const LogFilter& filter, BlockNumber first, BlockNumber last) {
    std::string out = R"([{"fromBlock":")" + to_quantity(first.value) + R"(","toBlock":")" +
                      to_quantity(last.value) + '"';
    append_filter(out, filter);
    return out;
}

}  // namespace custodialbridge::rpc
