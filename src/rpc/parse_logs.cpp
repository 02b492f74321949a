#include <algorithm>

#include "custodialbridge/core/hex.hpp"
#include "json_value.hpp"
#include "log_parser.hpp"
#include "parse_chain.hpp"

namespace custodialbridge::rpc {

LogChecks::LogChecks(const LogFilter& filter, BlockNumber first, BlockNumber last)
    : addresses_(filter.addresses), topics_(filter.topics), first_(first), last_(last) {
    std::sort(addresses_.begin(), addresses_.end());
    for (auto& topics : topics_) std::sort(topics.begin(), topics.end());
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
    if (!wants_topics(log, previous)) return "a log without the topics that were asked for";
    return nullptr;
}

/// `previous` has them.
bool LogChecks::wants_topics(const Log& log, const Log* previous) const {
    for (std::size_t place = 0; place < topics_.size(); ++place) {
        const std::vector<Hash32>& wanted = topics_[place];
        if (wanted.empty()) continue;
        if (log.topic_count <= place) return false;
        const bool known = previous && previous->topics[place] == log.topics[place];
        if (!known && !std::binary_search(wanted.begin(), wanted.end(), log.topics[place]))
            return false;
    }
    return true;
}

bool LogChecks::wants(const Log& log) const {
    return std::binary_search(addresses_.begin(), addresses_.end(), log.address) &&
           wants_topics(log, nullptr);
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
    std::size_t places = filter.topics.size();
    while (places > 0 && filter.topics[places - 1].empty()) --places;
    for (std::size_t place = 0; place < places; ++place) {
        out += place == 0 ? R"(,"topics":[)" : ",";
        if (filter.topics[place].empty())
            out += "null";
        else
            append_list(filter.topics[place]);
    }
    if (places > 0) out += ']';
    out += "}]";
}

}  // namespace

Result<LogBatch> parse_logs(JsonValue& value, const LogChecks& checks, LogShare share) {
    json::array array;
    if (value.raw().get_array().get(array)) return malformed("logs are not a list");
    LogParser parser(share == LogShare::most ? value.answer_bytes() : 0);
    for (auto element : array) {
        json::object object;
        if (element.get_object().get(object)) return malformed("a log is not an object");
        if (const char* wrong = parser.add(object)) return malformed(wrong);
        const Log& log = parser.logs().back();
        const Log* previous = parser.logs().size() > 1 ? &log - 1 : nullptr;
        if (const char* wrong = checks.complaint(log, previous)) return malformed(wrong);
    }
    return parser.take();
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
