#include "http_conversation.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>

namespace custodialbridge::bench {

namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

/// The value of Content-Length, 0 without one.
std::size_t content_length(std::string head) {
    std::transform(head.begin(), head.end(), head.begin(),
                   [](char letter) { return static_cast<char>(std::tolower(letter)); });
    constexpr std::string_view kName = "\r\ncontent-length:";
    const auto at = head.find(kName);
    if (at == std::string::npos) return 0;
    const char* digits = head.c_str() + at + kName.size();
    while (*digits == ' ') ++digits;
    std::size_t length = 0;
    std::from_chars(digits, head.c_str() + head.size(), length);
    return length;
}

std::string_view target_of(std::string_view head) {
    const auto start = std::min(head.find(' '), head.size() - 1) + 1;
    return head.substr(start, head.find(' ', start) - start);
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

HttpConversation::~HttpConversation() { ::close(socket_); }

bool HttpConversation::advance(const Handler& handler) {
    if (!receive()) return false;
    while (answer_next(handler)) {
    }
    return send_pending() && !broken_;
}

bool HttpConversation::receive() {
    char buffer[kReadBytes];
    for (;;) {
        const ssize_t received = ::recv(socket_, buffer, sizeof buffer, 0);
        if (received == 0) return false;
        if (received < 0) return would_block();
        input_.append(buffer, static_cast<std::size_t>(received));
    }
}

bool HttpConversation::answer_next(const Handler& handler) {
    const auto end = input_.find(kEndOfHead);
    if (end == std::string::npos) return false;
    const std::size_t body_at = end + kEndOfHead.size();
    const std::size_t body_size = content_length(input_.substr(0, end));
    if (input_.size() < body_at + body_size) return false;
    const std::string_view request(input_);
    HttpAnswer answer =
        handler(target_of(request.substr(0, end)), request.substr(body_at, body_size));
    input_.erase(0, body_at + body_size);
    std::string head =
        answer.status == 200 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 400 Bad Request\r\n";
    head += "Content-Type: application/json\r\nContent-Length: ";
    head += std::to_string(answer.body.size());
    head += kEndOfHead;
    auto pieces = answer.body.take();
    if (pieces.empty()) pieces.emplace_back();
    pieces.front().text.insert(0, head);
    std::move(pieces.begin(), pieces.end(), std::back_inserter(pending_));
    return true;
}

bool HttpConversation::send_pending() {
    while (!pending_.empty()) {
        Piece& piece = pending_.front();
        if (text_sent_ < piece.text.size()) {
            const int more = piece.logs.size > 0 || pending_.size() > 1 ? MSG_MORE : 0;
            const ssize_t sent = ::send(socket_, piece.text.data() + text_sent_,
                                        piece.text.size() - text_sent_, MSG_NOSIGNAL | more);
            if (sent < 0) return would_block();
            text_sent_ += static_cast<std::size_t>(sent);
        } else if (piece.logs.size > 0) {
            auto offset = static_cast<off_t>(piece.logs.offset);
            const ssize_t sent = ::sendfile(socket_, logs_file_, &offset, piece.logs.size);
            if (sent < 0) return would_block();
            piece.logs.offset += static_cast<std::uint64_t>(sent);
            piece.logs.size -= static_cast<std::uint64_t>(sent);
        } else {
            pending_.pop_front();
            text_sent_ = 0;
        }
    }
    return true;
}

}  // namespace custodialbridge::bench
