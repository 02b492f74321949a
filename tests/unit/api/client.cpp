#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace custodialbridge::api {
namespace {

constexpr timeval kPatience{10, 0};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

}  // namespace

std::string Response::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
}

Client::Client(const std::string& address) {
    const auto colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        throw std::runtime_error("cannot connect to " + address);
}

Client::~Client() { ::close(socket_); }

void Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            throw std::logic_error("the server does not read");
        if (sent <= 0) throw std::runtime_error("the server closed the connection");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Client::end_input() { ::shutdown(socket_, SHUT_WR); }

bool Client::fill() {
    std::array<char, 16 * 1024> bytes;
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        throw std::logic_error("the server does not answer");
    if (got <= 0) return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

std::string Client::take(std::size_t bytes) {
    while (buffer_.size() < bytes)
        if (!fill()) throw std::runtime_error("the connection ended inside of an answer");
    std::string taken = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return taken;
}

Response Client::read(bool head) {
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!fill()) throw std::runtime_error("the connection ended before an answer");
    std::string text = take(end + 4);
    Response response;
    auto line_end = text.find("\r\n");
    response.status_line = text.substr(0, line_end);
    response.status = std::stoi(response.status_line.substr(9, 3));
    for (auto at = line_end + 2; at + 2 < text.size(); at = line_end + 2) {
        line_end = text.find("\r\n", at);
        const auto colon = text.find(": ", at);
        response.headers[lower(text.substr(at, colon - at))] =
            text.substr(colon + 2, line_end - colon - 2);
    }
    if (!head && response.has("content-length"))
        response.body = take(std::stoul(response.header("content-length")));
    return response;
}

std::string request_text(const std::string& method, const std::string& path, const std::string& key,
                         const std::string& body, const std::string& headers) {
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: test\r\n";
    if (!key.empty()) text += "Authorization: Bearer " + key + "\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + headers + "\r\n" + body;
}

Response Client::ask(const std::string& method, const std::string& path, const std::string& body,
                     const std::string& headers) {
    send(request_text(method, path, key, body, headers));
    return read(method == "HEAD");
}

bool Client::is_closed() {
    if (!buffer_.empty()) return false;
    return !fill();
}

}  // namespace custodialbridge::api
