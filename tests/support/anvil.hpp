/// Anvil: a real EVM node on a free loopback port, ended by its pid when the object goes away.
/// Start it from a thread that stays: the node ends with the thread that started it, so that no
/// crash leaves it behind.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace custodialbridge::testing {

class Anvil {
  public:
    static std::string binary();

    /// Chain 31337, a block a transaction; `arguments` go to anvil as they are (e.g.
    /// {"--no-mining"}).
    explicit Anvil(std::vector<std::string> arguments = {}) : arguments_(std::move(arguments)) {
        start();
    }
    ~Anvil() { stop(); }
    Anvil(const Anvil&) = delete;
    Anvil& operator=(const Anvil&) = delete;

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::string http_url() const { return "http://" + address(); }
    std::string ws_url() const { return "ws://" + address(); }
    pid_t pid() const { return pid_; }

    /// Ends it at once, as a crash would.
    void stop();

    /// Starts it, again on the port it had. A chain that was not kept with `--state` begins anew.
    void start();

    /// Connections stay open and nothing is answered until `resume`.
    void pause() { ::kill(pid_, SIGSTOP); }
    void resume() { ::kill(pid_, SIGCONT); }

    /// The result of one call; throws when the node answers with an error.
    nlohmann::json call(std::string_view method,
                        nlohmann::json parameters = nlohmann::json::array()) const;

    void mine(unsigned blocks = 1) const;

  private:
    [[noreturn]] void become_anvil(int out);

    void await_listening(const char* output_file);

    std::string post(const std::string& body) const;

    std::vector<std::string> arguments_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
};

}  // namespace custodialbridge::testing
