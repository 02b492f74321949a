/// Answers and how they are written as HTTP/1.1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "custodialbridge/core/time.hpp"
#include "problem.hpp"

namespace custodialbridge::api {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kProblemJson = "application/problem+json";

struct Answer {
    unsigned status = 200;
    std::string_view content_type = kJson;  ///< of static storage
    std::string headers;                    ///< further ones, each a line with its CRLF
    std::string body;
};

/// With the headers that its status asks for: WWW-Authenticate, Allow, Retry-After.
Answer answer_of(const Problem& problem);

/// What the answer says of the connection.
enum class Connection : std::uint8_t {
    keep,           ///< HTTP/1.1's default: nothing
    keep_http_1_0,  ///< asked for by an HTTP/1.0 client
    close
};

/// `date` is a whole Date header line. Without a body (`head_only`), the Content-Length stays.
void append_answer(std::string& out, const Answer& answer, Connection connection, bool head_only,
                   std::string_view date);

/// "HTTP/1.1 200 OK\r\n"
void append_status_line(std::string& out, unsigned status);
void append_connection(std::string& out, Connection connection);

/// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n" (RFC 9110 §5.6.7)
std::string date_line(Time now);

}  // namespace custodialbridge::api
