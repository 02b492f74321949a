#include "problem.hpp"

#include <stdexcept>

#include "custodialbridge/telemetry/log.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::size_t kShownMax = 64;

}  // namespace

void throw_exception_from_error(const Problem& problem, const boost::source_location& at) {
    throw std::runtime_error(std::string(problem.type->slug) + ": " + problem.detail + " (" +
                             at.to_string() + ")");
}

Problem problem_of(const Error& error, const ProblemType& absent, const ProblemType& conflicting) {
    switch (error.code()) {
        case Errc::not_found: return {absent, error.message()};
        case Errc::conflict: return {conflicting, error.message()};
        case Errc::invalid:
        case Errc::refused: return {problems::kInvalidParameter, error.message()};
        case Errc::unavailable:
        case Errc::timed_out:
        case Errc::limited: return {problems::kUnavailable, error.message()};
        case Errc::orphaned:
        case Errc::unsupported:
        case Errc::corrupt: break;
    }
    telemetry::log(telemetry::LogLevel::error, "request failed", {{"error", error}});
    return {problems::kInternal, "the request could not be served; the log says why"};
}

std::string shown(std::string_view text) {
    std::string safe(text.substr(0, kShownMax));
    for (char& letter : safe)
        if (letter < ' ' || letter > '~') letter = '?';
    if (text.size() > kShownMax) safe += "...";
    return safe;
}

std::string to_json(const Problem& problem) {
    std::string text;
    JsonText json(text);
    write_problem(json, problem);
    return text;
}

void write_problem(JsonText& json, const Problem& problem) {
    json.open_object();
    json.member("type", problem.type->slug);
    json.member("title", problem.type->title);
    json.member("status", std::uint64_t{problem.type->status});
    json.member("detail", problem.detail);
    json.close_object();
}

}  // namespace custodialbridge::api
