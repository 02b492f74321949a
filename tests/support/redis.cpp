#include "support/redis.hpp"

namespace custodialbridge::testing {

void RedisServer::stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void RedisServer::start() {
    pid_ = ::fork();
    if (pid_ == 0) become_redis();
    await_answer();
}

std::string RedisServer::ask(const std::vector<std::string>& lines) const {
    const int socket = connected_socket();
    if (socket < 0) throw std::runtime_error("redis does not listen");
    std::string answer;
    for (const auto& line : lines) answer = exchange(socket, line);
    ::close(socket);
    return answer;
}

[[noreturn]] void RedisServer::become_redis() const {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int log =
        ::open((home_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    std::vector<std::string> line{"redis-server",
                                  "--port",
                                  std::to_string(port_),
                                  "--bind",
                                  "127.0.0.1",
                                  "--unixsocket",
                                  socket_path(),
                                  "--dir",
                                  home_,
                                  "--save",
                                  "",
                                  "--appendonly",
                                  "no",
                                  "--daemonize",
                                  "no"};
    line.insert(line.end(), settings_.begin(), settings_.end());
    std::vector<char*> argv;
    for (std::string& word : line) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
}

void RedisServer::await_answer() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!answers()) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            throw std::runtime_error("redis-server ended at once, see its log");
        }
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("redis does not answer after 30 s");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

bool RedisServer::answers() const {
    const int socket = connected_socket();
    if (socket < 0) return false;
    const std::string answer = exchange(socket, "PING");
    ::close(socket);
    return answer.starts_with("+PONG") || answer.starts_with("-NOAUTH");
}

int RedisServer::connected_socket() const {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::strncpy(to.sun_path, socket_path().c_str(), sizeof to.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return socket;
    ::close(socket);
    return -1;
}

std::string RedisServer::exchange(int socket, const std::string& line) {
    const std::string command = line + "\r\n";
    if (::send(socket, command.data(), command.size(), MSG_NOSIGNAL) < 0) return {};
    pollfd waiting{socket, POLLIN, 0};
    if (::poll(&waiting, 1, 10'000) != 1) throw std::runtime_error("redis does not answer");
    char buffer[4096];
    const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
}

std::uint16_t RedisServer::free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&at), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) == 0;
    ::close(socket);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(at.sin_port);
}

void RedisServer::end() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(home_, ignored);
}

}  // namespace custodialbridge::testing
