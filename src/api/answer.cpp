#include "answer.hpp"

#include <array>
#include <cstdio>

#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        default: return "Status";
    }
}

}  // namespace

Answer answer_of(const Problem& problem) {
    Answer answer;
    answer.status = problem.type->status;
    answer.content_type = kProblemJson;
    answer.body = to_json(problem);
    if (answer.status == 401) answer.headers = "WWW-Authenticate: Bearer\r\n";
    if (answer.status == 405) answer.headers = "Allow: " + problem.allow + "\r\n";
    if (answer.status == 429 || answer.status == 503) {
        answer.headers = "Retry-After: ";
        append_number(answer.headers, problem.retry_after);
        answer.headers += "\r\n";
    }
    return answer;
}

void append_status_line(std::string& out, unsigned status) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    out += reason_of(status);
    out += "\r\n";
}

void append_connection(std::string& out, Connection connection) {
    if (connection == Connection::close) out += "Connection: close\r\n";
    if (connection == Connection::keep_http_1_0) out += "Connection: keep-alive\r\n";
}

void append_answer(std::string& out, const Answer& answer, Connection connection, bool head_only,
                   std::string_view date) {
    append_status_line(out, answer.status);
    out += date;
    out += answer.headers;
    append_connection(out, connection);
    if (answer.status != 204 && answer.status != 304) {
        out += "Content-Type: ";
        out += answer.content_type;
        out += "\r\nContent-Length: ";
        append_number(out, answer.body.size());
        out += "\r\n";
    }
    out += "\r\n";
    if (!head_only) out += answer.body;
}

std::string date_line(Time now) {
    static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<Seconds>(now - day));
    std::array<char, 64> line;
    const int size = std::snprintf(
        line.data(), line.size(), "Date: %s, %02u %s %04d %02d:%02d:%02d GMT\r\n",
        kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
        kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return {line.data(), static_cast<std::size_t>(size)};
}

}  // namespace custodialbridge::api
