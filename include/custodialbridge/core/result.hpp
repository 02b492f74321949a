/// Expected failures are values.
///
/// An adapter catches what its library throws, once, and returns an `Error`; above it only
/// cancellation flies. The code says what to do next, the message names what was wrong and where.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace custodialbridge {

enum class Errc : std::uint8_t {
    unavailable,  ///< the other side cannot answer now; the same call may succeed later
    timed_out,    ///< the deadline passed; the outcome is unknown
    limited,      ///< refused by a limit (rate, range, size); ask less, or later
    conflict,     ///< the world moved; look again, then plan again
    not_found,    ///< known to be absent; do not try again
    invalid,      ///< the request is wrong; do not try again
    refused,      ///< not allowed, or understood and declined for good
    orphaned,     ///< the block asked about is no longer, or not yet, canonical there
    unsupported,  ///< the other side lacks the method or the history
    corrupt       ///< an invariant does not hold; stop this task and wake a person
};

std::string_view to_string(Errc code);

class Error {
  public:
    Error() = default;  ///< what `Result::error()` gives of a success: no error of ours
    Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}

    Errc code() const { return code_; }
    const std::string& message() const { return message_; }

    /// True when the same call may succeed later without anything else changing.
    bool retryable() const {
        return code_ == Errc::unavailable || code_ == Errc::timed_out || code_ == Errc::limited;
    }

    /// The same error, saying where it was met: "where: message".
    Error at(std::string_view where) const;

    friend bool operator==(const Error&, const Error&) = default;

  private:
    Errc code_ = Errc::corrupt;
    std::string message_;
};

/// What `Result::value()` throws when it holds an error; meant for tests and start-up code.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& at);

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace custodialbridge

/// Names the value of a `Result` or returns its error; the two forms differ in how they return.
#define CB_TRY(name, expr)                                       \
    auto name##_result = (expr);                                 \
    if (!name##_result) return std::move(name##_result).error(); \
    auto&& name = *name##_result

#define CB_CO_TRY(name, expr)                                       \
    auto name##_result = (expr);                                    \
    if (!name##_result) co_return std::move(name##_result).error(); \
    auto&& name = *name##_result

/// The same for `Result<void>`.
#define CB_CHECKED(expr)                                                       \
    if (auto checked_result = (expr); !checked_result)                         \
    return std::move(checked_result).error()

#define CB_CO_CHECKED(expr)                                                    \
    if (auto checked_result = (expr); !checked_result)                         \
    co_return std::move(checked_result).error()
