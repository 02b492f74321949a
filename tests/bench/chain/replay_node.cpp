/// Serves a prepared chain as a node would, from the stored bytes: replay_node FOLDER [HEAD]
///
/// Prints "listening on 127.0.0.1:PORT". POST / is JSON-RPC; GET /head/N moves the head, GET
/// /statistics tells what was asked. One thread; ends on SIGTERM.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <csignal>
#include <unistd.h>

#include <charconv>
#include <iostream>
#include <memory>
#include <system_error>
#include <unordered_map>

#include "http_conversation.hpp"

namespace custodialbridge::bench {

namespace {

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

int listen_on_loopback() {
    const int listener =
        checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    checked(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), "bind");
    checked(::listen(listener, 64), "listen");
    checked(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
    return listener;
}

class ReplayNode {
  public:
    explicit ReplayNode(const PreparedChain& chain) : chain_(chain), answers_(chain) {}

    ChainAnswers& answers() { return answers_; }

    void run() {
        epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll");
        listener_ = listen_on_loopback();
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
        const HttpConversation::Handler handler = [this](auto target, auto body) {
            return handle(target, body);
        };
        for (epoll_event events[64];;) {
            const int ready = ::epoll_wait(epoll_, events, 64, -1);
            for (int i = 0; i < ready; ++i) {
                if (events[i].data.fd == listener_)
                    accept_all();
                else
                    advance(events[i].data.fd, handler);
            }
        }
    }

  private:
    void watch(int action, int socket, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.fd = socket;
        checked(::epoll_ctl(epoll_, action, socket, &event), "epoll_ctl");
    }

    void accept_all() {
        for (;;) {
            const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (socket < 0) return;
            const int on = 1;
            ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            conversations_[socket] =
                std::make_unique<HttpConversation>(socket, chain_.logs_file().descriptor());
            watch(EPOLL_CTL_ADD, socket, EPOLLIN);
        }
    }

    void advance(int socket, const HttpConversation::Handler& handler) {
        const auto found = conversations_.find(socket);
        if (found == conversations_.end()) return;
        HttpConversation& conversation = *found->second;
        if (!conversation.advance(handler)) {
            conversations_.erase(found);  // closes the socket, which also ends its watch
            return;
        }
        constexpr std::uint32_t kReceiving = EPOLLIN, kSending = EPOLLOUT;
        watch(EPOLL_CTL_MOD, socket,
              conversation.wants_to_send() ? kReceiving | kSending : kReceiving);
    }

    HttpAnswer handle(std::string_view target, std::string_view body) {
        HttpAnswer answer;
        constexpr std::string_view kHead = "/head/";
        if (target.starts_with(kHead)) {
            std::uint64_t head = 0;
            std::from_chars(target.data() + kHead.size(), target.data() + target.size(), head);
            answers_.set_head(head);
        }
        if (target != "/") {
            answer.body.add(answers_.statistics());
        } else if (auto reply = answers_.answer(body)) {
            answer.body = std::move(*reply);
        } else {
            answer.status = 400;
        }
        return answer;
    }

    const PreparedChain& chain_;
    ChainAnswers answers_;
    int epoll_ = -1;
    int listener_ = -1;
    std::unordered_map<int, std::unique_ptr<HttpConversation>> conversations_;
};

}  // namespace

}  // namespace custodialbridge::bench

int main(int argc, char** argv) {
    using namespace custodialbridge::bench;
    if (argc < 2 || argc > 3) {
        std::cerr << "usage: replay_node FOLDER [HEAD]\n";
        return 2;
    }
    try {
        const PreparedChain chain(argv[1]);
        ReplayNode node(chain);
        if (argc > 2) node.answers().set_head(std::stoull(argv[2]));
        node.run();
    } catch (const std::exception& failure) {
        std::cerr << "replay_node: " << failure.what() << '\n';
        return 1;
    }
}
