/// What happens to the calls of a fake: they are counted, take time, are held back, fail before
/// they did anything, or fail after they did it (the answer is lost).
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/within.hpp"

namespace custodialbridge::testing {

/// A door in a call's way, shut until `open`.
class Gate {
  public:
    explicit Gate(runtime::Executor executor)
        : signal_(executor, boost::asio::steady_timer::time_point::max()) {}

    void open();
    std::size_t waiting() const { return waiting_; }

    runtime::Task<Result<void>> pass();

  private:
    boost::asio::steady_timer signal_;  // never expires: cancelling it is the signal
    bool open_ = false;
    std::size_t waiting_ = 0;
};

/// Where a call is: not begun yet, or done and about to answer.
enum class Point { arriving, answering };

class Script {
  public:
    explicit Script(runtime::Clock& clock) : clock_(clock) {}
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    /// Asked at each point of each call; an error ends the call with it.
    std::function<std::optional<Error>(Point, std::string_view call)> fault;

    /// How long a call stays at a point.
    std::function<Millis(Point, std::string_view call)> delay;

    /// From now on, calls of this name wait here; the newest gate counts.
    std::shared_ptr<Gate> hold(Point point, std::string call, runtime::Executor executor);

    /// The next `times` calls of this name fail at this point.
    void fail(Point point, std::string call, Errc code, unsigned times = 1);

    std::size_t calls(const std::string& call) const;

    runtime::Task<Result<void>> pass(Point point, std::string call, runtime::Deadline by);

  private:
    runtime::Task<Result<void>> take_time(Millis time, std::string_view call, runtime::Deadline by);

    runtime::Clock& clock_;
    std::map<std::pair<Point, std::string>, std::shared_ptr<Gate>> gates_;
    std::map<std::pair<Point, std::string>, std::pair<Errc, unsigned>> failures_;
    std::map<std::string, std::size_t> calls_;
};

}  // namespace custodialbridge::testing
