#include "socket_probe.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace custodialbridge::app {
namespace {

/// A connection whose every step is bounded by the limit; `ok` is false when nobody listens.
class Connection {
  public:
    Connection(const std::filesystem::path& path, Millis limit)
        : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = path.string();
        if (socket_ < 0 || name.size() >= sizeof address.sun_path) return;
        std::memcpy(address.sun_path, name.data(), name.size());
        timeval wait{};
        wait.tv_sec = limit.count() / 1000;
        wait.tv_usec = (limit.count() % 1000) * 1000;
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        ok_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        if (socket_ >= 0) close(socket_);
    }

    bool ok() const { return ok_; }

    void say(std::string_view bytes) {
        ok_ = ok_ && send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                         static_cast<ssize_t>(bytes.size());
    }

    /// What came until now, at least one byte; empty when nothing comes in time.
    std::string hear() {
        std::array<char, 1024> text;
        ssize_t got = -1;
        while (ok_ && (got = recv(socket_, text.data(), text.size(), 0)) < 0 && errno == EINTR)
            continue;
        return {text.data(), static_cast<std::size_t>(got < 0 ? 0 : got)};
    }

  private:
    int socket_;
    bool ok_ = false;
};

std::string big_endian(std::uint32_t number) {
    return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
            static_cast<char>(number >> 8), static_cast<char>(number)};
}

}  // namespace

Answer ask_postgres(const std::filesystem::path& socket, const std::string& user, Millis limit) {
    constexpr std::uint32_t kProtocol3 = 3U << 16;
    constexpr std::string_view kCannotConnectNow = "C57P03";  // starting, recovering, shutting down
    const std::string body = big_endian(kProtocol3) + "user" + '\0' + user + '\0' + "database" +
                             '\0' + "postgres" + '\0' + '\0';
    Connection connection(socket, limit);
    connection.say(big_endian(static_cast<std::uint32_t>(body.size()) + 4) + body);
    const std::string answer = connection.hear();
    if (answer.empty()) return Answer::silent;
    const bool not_now = answer[0] == 'E' && answer.find(kCannotConnectNow) != std::string::npos;
    connection.say(std::string("X") + big_endian(4));
    return not_now ? Answer::starting : Answer::ready;
}

Answer ask_redis(const std::filesystem::path& socket, Millis limit) {
    Connection connection(socket, limit);
    connection.say("PING\r\n");
    const std::string answer = connection.hear();
    if (answer.empty()) return Answer::silent;
    return answer.starts_with("-LOADING") ? Answer::starting : Answer::ready;
}

}  // namespace custodialbridge::app
