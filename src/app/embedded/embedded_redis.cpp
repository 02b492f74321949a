#include "embedded_redis.hpp"

#include <signal.h>

#include "postgres_programs.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

fs::path socket_of(const Place& place) {
    return place.run_dir / "redis.sock";
}
std::string mark_of(const Place& place) {
    return "custodialbridge-redis-" + place.mark;
}

std::vector<std::string> server_arguments(const Place& place) {
    std::vector<std::string> arguments;
    const auto set = [&arguments](const std::string& name, const std::string& value) {
        arguments.push_back("--" + name);
        arguments.push_back(value);
    };
    set("port", "0");
    set("unixsocket", socket_of(place).string());
    set("unixsocketperm", "700");
    set("dir", (place.data_dir / "redis").string());
    set("save", "");
    set("appendonly", "no");
    set("maxmemory", "256mb");
    set("maxmemory-policy", "allkeys-lru");
    set("daemonize", "no");
    set("logfile", "");
    set("proc-title-template", "{title} " + mark_of(place));
    return arguments;
}

}  // namespace

EmbeddedRedis::EmbeddedRedis(Place place, StatusReport report, const std::atomic<bool>& interrupted)
    : place_(std::move(place)), report_(std::move(report)), interrupted_(interrupted) {}

Result<std::string> EmbeddedRedis::start(Millis limit) {
    const auto server = find_in_path("redis-server");
    if (!server)
        return Error{Errc::not_found,
                     "redis.url is embedded, but redis-server is not installed "
                     "here; install it, or set redis.url to none"};
    CB_CHECKED(make_private_directory(place_.user, place_.data_dir / "redis"));
    ServicePlan plan;
    plan.name = "Redis";
    plan.mark = mark_of(place_);
    plan.program = "redis-server";
    plan.command =
        Command{*server, server_arguments(place_), place_.data_dir / "redis.log", place_.user};
    plan.socket = socket_of(place_);
    plan.stop_signals = {SIGTERM};
    plan.is_main = [](const ProcessInfo&) { return true; };  // it has no children: nothing is saved
    plan.ask = [place = place_](Millis wait) { return ask(place, wait); };
    service_ = std::make_unique<ServiceProcess>(std::move(plan), report_, interrupted_);
    CB_CHECKED(service_->start(limit));
    return url(place_);
}

Task<void> EmbeddedRedis::supervise(runtime::Clock& clock) {
    return service_->supervise(clock);
}

void EmbeddedRedis::stop(Millis patience) {
    if (service_) service_->stop(patience);
}

std::optional<ProcessId> EmbeddedRedis::process() const {
    return service_ ? service_->process() : std::nullopt;
}

std::string EmbeddedRedis::url(const Place& place) {
    return "unix://" + socket_of(place).string();
}

Answer EmbeddedRedis::ask(const Place& place, Millis limit) {
    return ask_redis(socket_of(place), limit);
}

}  // namespace custodialbridge::app
