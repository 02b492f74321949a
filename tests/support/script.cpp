#include "support/script.hpp"

namespace custodialbridge::testing {

void Gate::open() {
    open_ = true;
    signal_.cancel();
}

runtime::Task<Result<void>> Gate::pass() {
    struct Count {
        std::size_t& waiting;
        explicit Count(std::size_t& count) : waiting(++count) {}
        ~Count() { --waiting; }
    };
    const Count counted(waiting_);
    while (!open_) {
        boost::system::error_code opened;
        co_await signal_.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, opened));
    }
    co_return Result<void>{};
}

std::shared_ptr<Gate> Script::hold(Point point, std::string call, runtime::Executor executor) {
    auto gate = std::make_shared<Gate>(std::move(executor));
    gates_[{point, std::move(call)}] = gate;
    return gate;
}

void Script::fail(Point point, std::string call, Errc code, unsigned times) {
    failures_[{point, std::move(call)}] = {code, times};
}

std::size_t Script::calls(const std::string& call) const {
    const auto found = calls_.find(call);
    return found == calls_.end() ? 0 : found->second;
}

runtime::Task<Result<void>> Script::pass(Point point, std::string call, runtime::Deadline by) {
    if (point == Point::arriving) ++calls_[call];
    if (const auto gate = gates_.find({point, call}); gate != gates_.end()) {
        const std::shared_ptr<Gate> held = gate->second;
        CB_CO_CHECKED(co_await runtime::within(clock_, by, call, held->pass()));
    }
    if (delay) CB_CO_CHECKED(co_await take_time(delay(point, call), call, by));
    if (const auto found = failures_.find({point, call}); found != failures_.end()) {
        const Errc code = found->second.first;
        if (--found->second.second == 0) failures_.erase(found);
        co_return Error(code, call + ": told to fail");
    }
    if (fault)
        if (const auto error = fault(point, call)) co_return *error;
    co_return Result<void>{};
}

runtime::Task<Result<void>> Script::take_time(Millis time, std::string_view call,
                                              runtime::Deadline by) {
    if (time <= Millis::zero()) co_return Result<void>{};
    const Instant end = std::min(clock_.now() + time, by.at);
    co_await clock_.sleep_until(end);
    if (clock_.now() < by.at) co_return Result<void>{};
    co_return Error(Errc::timed_out, std::string(call) + ": no answer in time");
}

}  // namespace custodialbridge::testing
