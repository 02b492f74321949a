#include "support/anvil.hpp"

namespace custodialbridge::testing {

std::string Anvil::binary() {
    if (const char* given = std::getenv("CB_ANVIL")) return given;
    return std::string(CB_SOURCE_DIR) +
           "/tests/devnet/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil";
}

void Anvil::stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

void Anvil::start() {
    char name[] = "/tmp/cb-anvil-XXXXXX";
    const int out = ::mkstemp(name);
    if (out < 0) throw std::runtime_error("anvil: no temporary file");
    pid_ = ::fork();
    if (pid_ == 0) become_anvil(out);
    ::close(out);
    try {
        await_listening(name);
    } catch (...) {
        ::unlink(name);
        stop();
        throw;
    }
    ::unlink(name);
}

nlohmann::json Anvil::call(std::string_view method, nlohmann::json parameters) const {
    const nlohmann::json question{
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(parameters)}};
    const auto answer = nlohmann::json::parse(post(question.dump()));
    if (answer.contains("error"))
        throw std::runtime_error(std::string(method) + ": " + answer["error"].dump());
    return answer.at("result");
}

void Anvil::mine(unsigned blocks) const {
    for (unsigned i = 0; i < blocks; ++i) call("evm_mine");
}

[[noreturn]] void Anvil::become_anvil(int out) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    std::vector<std::string> line{binary(), "--host", "127.0.0.1", "--port", std::to_string(port_)};
    line.insert(line.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    for (std::string& word : line) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

void Anvil::await_listening(const char* output_file) {
    constexpr std::string_view kSign = "Listening on 127.0.0.1:";
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    for (;;) {
        std::ifstream file(output_file);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        const auto at = text.find(kSign);
        if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
            port_ = static_cast<std::uint16_t>(std::stoul(text.substr(at + kSign.size())));
            return;
        }
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            throw std::runtime_error(binary() + " ended at once: " + text);
        }
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("anvil does not listen after 30 s: " + text);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

std::string Anvil::post(const std::string& body) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port_);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string request =
        "POST / HTTP/1.0\r\nHost: " + address() +
        "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    std::string answer;
    bool good = ::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    for (std::size_t sent = 0; good && sent < request.size();) {
        const ssize_t n =
            ::send(socket, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        good = n > 0;
        if (good) sent += static_cast<std::size_t>(n);
    }
    for (char buffer[64 * 1024]; good;) {
        const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
        if (n <= 0) break;
        answer.append(buffer, static_cast<std::size_t>(n));
    }
    ::close(socket);
    const auto at = answer.find("\r\n\r\n");
    if (at == std::string::npos) throw std::runtime_error("anvil does not answer");
    return answer.substr(at + 4);
}

}  // namespace custodialbridge::testing
