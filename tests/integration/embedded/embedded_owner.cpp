// embedded_owner daemon|command DATA_DIR: owns embedded services until SIGTERM or the end of its
// input. Says "ready attached=0 postgres=PID redis=PID", the two URLs, and at the end "stopped"; or
// "error: …".
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <iostream>

#include "embedded_services.hpp"

namespace {

using namespace custodialbridge;
using namespace custodialbridge::app;

int pid_of(const std::optional<ProcessId>& process) {
    return process ? process->pid : 0;
}

void run_until_told(boost::asio::io_context& loop, EmbeddedServices& services) {
    runtime::SystemClock clock;
    boost::asio::posix::stream_descriptor input(loop, 0);
    input.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [&loop](const auto&) { loop.stop(); });
    boost::asio::co_spawn(loop, services.supervise(clock), boost::asio::detached);
    loop.run();
}

void say_state(const char* service, bool ok, const std::string& detail) {
    std::cout << service << (ok ? " ok: " : " not ok: ") << detail << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    boost::asio::io_context loop;
    boost::asio::signal_set signals(loop, SIGTERM, SIGINT);  // from here on a signal is not the end
    signals.async_wait([&loop](const auto&, int) { loop.stop(); });
    EmbeddedOptions options;
    options.data_dir = arguments[2];
    options.name = "test";
    options.on_postgres = [](bool ok, const std::string& why) { say_state("postgres", ok, why); };
    options.on_redis = [](bool ok, const std::string& why) { say_state("redis", ok, why); };
    auto services = std::string(arguments[1]) == "daemon"
                        ? EmbeddedServices::start(options)
                        : EmbeddedServices::attach_or_start(options);
    if (!services) {
        std::cout << "error: " << services.error().message() << std::endl;
        return 1;
    }
    std::cout << "ready attached=" << (*services)->attached()
              << " postgres=" << pid_of((*services)->postgres_process())
              << " redis=" << pid_of((*services)->redis_process()) << '\n'
              << (*services)->database_url() << '\n'
              << (*services)->redis_url() << std::endl;
    run_until_told(loop, **services);
    services->reset();
    std::cout << "stopped" << std::endl;
}
