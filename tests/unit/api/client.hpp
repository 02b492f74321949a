/// A blocking HTTP/1.1 client for one connection, that sees exactly the bytes.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace custodialbridge::api {

struct Response {
    int status = 0;
    std::string status_line;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;

    std::string header(const std::string& name) const;
    bool has(const std::string& name) const { return headers.contains(name); }
};

/// Throws std::runtime_error when the server closes the connection where more was expected, and
/// std::logic_error when it does nothing for ten seconds.
class Client {
  public:
    explicit Client(const std::string& address);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void send(std::string_view bytes);

    /// Ends our side of the connection; answers can still be read.
    void end_input();

    /// The next answer; `head` of a HEAD request. Throws when the connection ends inside of it.
    Response read(bool head = false);

    /// Sends a request with Host, the API key when not empty, and further header lines; reads its
    /// answer.
    Response ask(const std::string& method, const std::string& path, const std::string& body = "",
                 const std::string& headers = "");

    /// True when the server closes without another byte.
    bool is_closed();

    std::string key = "read-key";

  private:
    bool fill();
    std::string take(std::size_t bytes);

    int socket_ = -1;
    std::string buffer_;
};

/// The bytes that `ask` sends.
std::string request_text(const std::string& method, const std::string& path, const std::string& key,
                         const std::string& body = "", const std::string& headers = "");

}  // namespace custodialbridge::api
