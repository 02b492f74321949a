/// One line of the log as text, without its line end: a pure function of what was said and when.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "custodialbridge/core/time.hpp"
#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::telemetry {

struct LogEntry {
    Time time;
    LogLevel level = LogLevel::info;
    std::string_view message;
    std::span<const Field> fields;
};

/// `{"time":"2024-01-15T10:30:00Z","level":"info","message":"…","name":"value",…}`. Always valid
/// JSON in valid UTF-8 (RFC 8259), whatever bytes the values hold.
std::string json_line(const LogEntry& entry);

/// `2024-01-15T10:30:00Z info message name=value other="value with blanks"`.
std::string text_line(const LogEntry& entry);

}  // namespace custodialbridge::telemetry
