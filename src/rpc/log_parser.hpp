/// LogParser: log objects of JSON-RPC results, into one batch. For sources of rpc only.
#pragma once

#include <string_view>

#include "custodialbridge/core/log.hpp"
#include "json_value.hpp"

namespace custodialbridge::rpc {

/// Consecutive logs often repeat a field's text; it is decoded once. The answer's text must stay.
class LogParser {
  public:
    LogParser() = default;

    /// Makes room for as many logs as usually fit in an answer of this size.
    explicit LogParser(std::size_t answer_bytes);

    /// Adds a log whose every field is read, in whatever place it says it stands. What is wrong
    /// with it, or null.
    const char* add(simdjson::ondemand::object& object);

    const std::vector<Log>& logs() const { return batch_.logs; }
    LogBatch take() { return std::move(batch_); }

  private:
    const char* read_field(std::string_view key, simdjson::ondemand::value& value, Log& log,
                           const Log* previous, unsigned& found);
    const char* read_plain_field(std::string_view key, simdjson::ondemand::value& value, Log& log,
                                 unsigned& found);
    bool read_data(simdjson::ondemand::value& value, Log& log);

    LogBatch batch_;
    std::string_view block_hash_text_, tx_hash_text_;  // of the previous log, in the answer's text
};

}  // namespace custodialbridge::rpc
