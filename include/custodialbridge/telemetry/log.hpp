/// Structured logging: a message and named fields, as JSON lines or text, to standard error.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::telemetry {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { json, text };

/// A named value. User ids and addresses belong here, never in a metric's label.
struct Field {
    std::string_view name;
    std::string value;
    bool quoted = true;  ///< numbers and booleans are written bare

    Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, const char* v) : name(n), value(v) {}
    Field(std::string_view n, bool v) : name(n), value(v ? "true" : "false"), quoted(false) {}
    template <std::integral Number>
    Field(std::string_view n, Number v) : name(n), value(std::to_string(v)), quoted(false) {}
    Field(std::string_view n, const Error& e) : name(n), value(e.message()) {}
};

/// Both may be called again at any time (a reload), from any thread.
void set_log_level(LogLevel level);
void set_log_format(LogFormat format);

bool log_enabled(LogLevel level);

/// Never throws, never blocks on anything but the write; any thread.
void log(LogLevel level, std::string_view message, std::initializer_list<Field> fields = {});

}  // namespace custodialbridge::telemetry
