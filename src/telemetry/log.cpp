#include "custodialbridge/telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <chrono>
#include <memory>

#include "log_line.hpp"

namespace custodialbridge::telemetry {
namespace {

std::atomic<LogFormat> format{LogFormat::json};

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

// Never destroyed: objects that end after it may still have something to say.
spdlog::logger& logger() {
    static auto* const made = [] {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        auto* one = new spdlog::logger("custodialbridge", std::move(sink));
        one->set_pattern("%v");
        one->set_level(spdlog::level::info);
        return one;
    }();
    return *made;
}

}  // namespace

void set_log_level(LogLevel level) {
    logger().set_level(to_spdlog(level));
}

void set_log_format(LogFormat chosen) {
    format.store(chosen, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) {
    return logger().should_log(to_spdlog(level));
}

void log(LogLevel level, std::string_view message, std::initializer_list<Field> fields) {
    try {
        if (!log_enabled(level)) return;
        const auto now = std::chrono::time_point_cast<Micros>(std::chrono::system_clock::now());
        const LogEntry entry{now, level, message, {fields.begin(), fields.size()}};
        const bool as_json = format.load(std::memory_order_relaxed) == LogFormat::json;
        const std::string line = as_json ? json_line(entry) : text_line(entry);
        logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    } catch (...) {  // out of memory: the line is lost, its caller is not
    }
}

}  // namespace custodialbridge::telemetry
