/// Request: what the routes need of an HTTP request; views into the connection's buffers.
#pragma once

#include <cstdint>
#include <string_view>

namespace custodialbridge::api {

enum class Method : std::uint8_t { get, head, put, post, del, other };

std::string_view to_string(Method method);

struct Request {
    Method method = Method::other;
    bool keep_alive = false;  ///< the client would send more on this connection
    bool http_1_0 = false;
    bool has_authorization = false;
    bool has_content_type = false;
    std::string_view target;  ///< as sent: path and query, percent-encoded
    std::string_view authorization;
    std::string_view content_type;
    std::string_view if_none_match;  ///< the first such line
    std::string_view body;
};

}  // namespace custodialbridge::api
