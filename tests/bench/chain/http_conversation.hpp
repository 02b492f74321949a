/// One HTTP/1.1 connection of the replay server: requests in, replies out, never waiting.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "chain_answers.hpp"

namespace custodialbridge::bench {

struct HttpAnswer {
    int status = 200;
    Reply body;
};

class HttpConversation {
  public:
    using Handler = std::function<HttpAnswer(std::string_view target, std::string_view body)>;

    /// Takes over `socket`, which does not block; `logs_file` is where replies' logs are.
    HttpConversation(int socket, int logs_file) : socket_(socket), logs_file_(logs_file) {}
    ~HttpConversation();
    HttpConversation(const HttpConversation&) = delete;
    HttpConversation& operator=(const HttpConversation&) = delete;

    /// Reads what has come, answers what is whole, sends what can be sent; false when it is over.
    bool advance(const Handler& handler);

    bool wants_to_send() const { return !pending_.empty(); }

  private:
    bool receive();
    bool answer_next(const Handler& handler);
    bool send_pending();

    int socket_;
    int logs_file_;
    bool broken_ = false;
    std::string input_;
    std::deque<Piece> pending_;
    std::size_t text_sent_ = 0;  // of the first pending piece
};

}  // namespace custodialbridge::bench
