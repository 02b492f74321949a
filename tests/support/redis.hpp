/// RedisServer: a private Redis in a temporary directory, on a Unix socket and a free loopback
/// port.
///
/// It keeps nothing on disk and ends with this process however that ends.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace custodialbridge::testing {

class RedisServer {
  public:
    /// `settings` go to redis-server as they are, e.g. {"--requirepass", "secret"}.
    explicit RedisServer(std::vector<std::string> settings = {}) : settings_(std::move(settings)) {
        char name[] = "/tmp/cb-redis-XXXXXX";  // short: a socket path has at most 107 characters
        if (::mkdtemp(name) == nullptr) throw std::runtime_error("redis: no temporary folder");
        home_ = name;
        port_ = free_port();
        try {
            start();
        } catch (...) {
            end();
            throw;
        }
    }
    ~RedisServer() { end(); }
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::string socket_path() const { return home_ + "/redis.sock"; }
    std::uint16_t port() const { return port_; }
    std::string unix_url() const { return "unix://" + socket_path(); }
    std::string tcp_url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
    pid_t pid() const { return pid_; }

    /// Ends it at once, as a crash would; it forgets everything.
    void stop();

    /// Starts it, again on the port and the socket it had.
    void start();

    /// Connections stay open and new ones are taken, but nothing is answered until `resume`.
    void pause() { ::kill(pid_, SIGSTOP); }
    void resume() { ::kill(pid_, SIGCONT); }

    /// Sends lines such as "SET key value" one after the other; the raw answer to the last one
    /// (what came with its first packet: enough for short ones).
    std::string ask(const std::vector<std::string>& lines) const;
    std::string ask(const std::string& line) const { return ask(std::vector<std::string>{line}); }

  private:
    [[noreturn]] void become_redis() const;

    void await_answer();

    bool answers() const;

    int connected_socket() const;

    static std::string exchange(int socket, const std::string& line);

    static std::uint16_t free_port();

    void end();

    std::vector<std::string> settings_;
    std::string home_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
};

}  // namespace custodialbridge::testing
