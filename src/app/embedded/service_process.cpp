#include "service_process.hpp"

#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::app {
namespace {

using SteadyClock = std::chrono::steady_clock;
using telemetry::LogLevel;

constexpr Millis kBetweenLooks{250};
constexpr Millis kBetweenSteps{20};
constexpr Millis kPauseMin{250};
constexpr Millis kPauseMax{30'000};
constexpr Millis kSteadyAfter{
    60'000};  ///< a service that ran this long starts anew with short pauses
constexpr Millis kAnswerLimit{250};
constexpr Millis kKillLimit{10'000};

// How long a living process may say nothing before it is replaced. A recovering PostgreSQL does
// answer.
constexpr Millis kSilenceOfStarted{60'000};
constexpr Millis kSilenceOfAdopted{10'000};

void nap() {
    std::this_thread::sleep_for(kBetweenSteps);
}

/// "/usr/lib/postgresql/15/bin/postgres", "postgres: walwriter" and "/usr/bin/redis-server x" are;
/// an editor that was told to open a file whose name holds the mark is not.
bool is_program(std::string_view first_argument, std::string_view program) {
    const auto file_name = [](std::string_view path) {
        return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    };
    std::string_view word = first_argument.substr(0, first_argument.find(' '));
    if (word.ends_with(':')) word.remove_suffix(1);
    return file_name(first_argument) == program || file_name(word) == program;
}

bool wait_for_end(const ProcessId& process, Millis limit) {
    const auto until = SteadyClock::now() + limit;
    while (is_alive(process)) {
        if (SteadyClock::now() >= until) return false;
        nap();
    }
    return true;
}

}  // namespace

ServiceProcess::ServiceProcess(ServicePlan plan, StatusReport report,
                               const std::atomic<bool>& interrupted)
    : plan_(std::move(plan)), report_(std::move(report)), interrupted_(interrupted) {}

ServiceProcess::~ServiceProcess() {
    stop(Millis{5'000});
}

void ServiceProcess::report(bool ok, const std::string& detail) {
    if (report_) report_(ok, detail);
}

std::vector<ProcessInfo> ServiceProcess::processes() const {
    auto found = processes_marked(plan_.mark, plan_.command.run_as.uid);
    std::erase_if(found, [this](const ProcessInfo& process) {
        return !is_program(process.program(), plan_.program);
    });
    return found;
}

std::optional<ProcessId> ServiceProcess::find_main() const {
    for (const ProcessInfo& process : processes())
        if (plan_.is_main(process)) return process.id;
    return std::nullopt;
}

void ServiceProcess::kill_all() {
    const auto until = SteadyClock::now() + kKillLimit;
    for (;;) {
        const auto left = processes();
        if (left.empty()) break;
        for (const ProcessInfo& process : left) send_signal(process.id, SIGKILL);
        if (SteadyClock::now() >= until) {
            telemetry::log(LogLevel::error, "a service's process cannot be killed",
                           {{"service", plan_.name}, {"pid", left.front().id.pid}});
            break;
        }
        nap();
    }
    process_.reset();
}

Result<void> ServiceProcess::launch() {
    kill_all();  // children whose parent was killed
    if (plan_.before_start) CB_CHECKED(plan_.before_start());
    log_offset_ = begin_log(plan_.command.log);
    CB_TRY(process, start_process(plan_.command));
    process_ = process;
    launched_ = true;
    last_answer_ = SteadyClock::now();
    telemetry::log(LogLevel::info, "service started",
                   {{"service", plan_.name}, {"pid", process.pid}});
    return {};
}

/// One step towards a service that serves; true when it does. Takes a second at most, but for
/// `launch`.
Result<bool> ServiceProcess::advance() {
    if (!process_) {
        process_ = find_main();
        launched_ = false;
        last_answer_ = SteadyClock::now();
        if (!process_) CB_CHECKED(launch());
        return false;
    }
    if (!is_alive(*process_)) {
        process_.reset();
        if (!launched_) return false;
        return Error{Errc::unavailable,
                     plan_.name + " did not start: " + log_tail(plan_.command.log, log_offset_)};
    }
    const Answer answer = plan_.ask(kAnswerLimit);
    if (answer != Answer::silent) last_answer_ = SteadyClock::now();
    const Millis silence_limit = launched_ ? kSilenceOfStarted : kSilenceOfAdopted;
    if (SteadyClock::now() - last_answer_ > silence_limit) {
        telemetry::log(LogLevel::warn, "service does not answer; replacing it",
                       {{"service", plan_.name}, {"pid", process_->pid}});
        stop_processes(Millis{2'000});
    }
    return answer == Answer::ready;
}

Result<void> ServiceProcess::start(Millis limit) {
    const auto until = SteadyClock::now() + limit;
    started_ = true;
    pool_.emplace(plan_.name, 1, 1);
    for (;;) {
        CB_TRY(ready, advance());
        if (ready) break;
        const bool late = SteadyClock::now() >= until;
        if (!late && !interrupted_) {
            nap();
            continue;
        }
        stop(Millis{5'000});
        if (late) return Error{Errc::timed_out, plan_.name + " did not start in time"};
        return Error{Errc::unavailable, plan_.name + ": the start was interrupted"};
    }
    if (!launched_)
        telemetry::log(LogLevel::info, "service adopted",
                       {{"service", plan_.name}, {"pid", process_->pid}});
    report(true, launched_ ? "started" : "adopted");
    return {};
}

void ServiceProcess::stop(Millis patience) {
    if (!std::exchange(started_, false)) return;
    pool_.reset();  // ends a step that a loop which was stopped hard left running
    stop_processes(patience);
    telemetry::log(LogLevel::info, "service stopped", {{"service", plan_.name}});
}

void ServiceProcess::stop_processes(Millis patience) {
    if (!process_) process_ = find_main();
    if (process_) {
        for (const int signal : plan_.stop_signals) {
            send_signal(*process_, signal);
            if (wait_for_end(*process_, patience)) break;
        }
    }
    kill_all();
}

bool ServiceProcess::is_fine() const {
    struct stat ignored {};
    return process_ && is_alive(*process_) && stat(plan_.socket.c_str(), &ignored) == 0;
}

Task<void> ServiceProcess::supervise(runtime::Clock& clock) {
    for (;;) {
        co_await clock.sleep_until(clock.now() + kBetweenLooks);
        if (!is_fine()) co_await bring_back(clock);
    }
}

Task<void> ServiceProcess::bring_back(runtime::Clock& clock) {
    telemetry::log(LogLevel::error, "service is gone; starting it again",
                   {{"service", plan_.name}});
    report(false, plan_.name + " is gone; starting it again");
    const bool was_steady = clock.now() - ready_since_ > kSteadyAfter;
    pause_ = was_steady ? Millis{0} : std::clamp(pause_ * 2, kPauseMin, kPauseMax);
    launched_ = false;  // what is left of it must answer soon
    last_answer_ = SteadyClock::now();
    auto step = [this] { return advance(); };
    for (;;) {
        co_await clock.sleep_until(clock.now() + pause_);
        Result<bool> ready = false;
        while (ready && !*ready) {
            ready = co_await pool_->run(step);
            if (ready && !*ready) co_await clock.sleep_until(clock.now() + kBetweenSteps);
        }
        if (ready) break;
        telemetry::log(LogLevel::error, "service cannot be started",
                       {{"service", plan_.name}, {"error", ready.error()}});
        report(false, ready.error().message());
        pause_ = std::clamp(pause_ * 2, kPauseMin, kPauseMax);
    }
    ready_since_ = clock.now();
    report(true, "started again");
}

}  // namespace custodialbridge::app
