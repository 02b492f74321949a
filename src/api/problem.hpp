/// Problems: what went wrong, as RFC 9457 says it. The slugs are part of the outside contract.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::api {

class JsonText;

struct ProblemType {
    unsigned status;
    std::string_view slug;
    std::string_view title;
};

namespace problems {

inline constexpr ProblemType kMalformedRequest{400, "malformed-request", "Malformed HTTP request"};
inline constexpr ProblemType kInvalidParameter{400, "invalid-parameter", "Invalid parameter"};
inline constexpr ProblemType kUnknownParameter{400, "unknown-parameter", "Unknown parameter"};
inline constexpr ProblemType kInvalidBody{400, "invalid-body", "Invalid request body"};
inline constexpr ProblemType kUnauthorized{401, "unauthorized", "A valid API key is needed"};
inline constexpr ProblemType kForbidden{403, "forbidden", "The API key's scope is too low"};
inline constexpr ProblemType kNotFound{404, "not-found", "No such resource"};
inline constexpr ProblemType kUnknownChain{404, "unknown-chain", "Unknown chain"};
inline constexpr ProblemType kUnknownToken{404, "unknown-token", "Unknown token"};
inline constexpr ProblemType kUnknownUser{404, "unknown-user", "Unknown user"};
inline constexpr ProblemType kUnknownWallet{404, "unknown-wallet", "Unknown wallet"};
inline constexpr ProblemType kMethodNotAllowed{405, "method-not-allowed", "Method not allowed"};
inline constexpr ProblemType kRequestTimeout{408, "request-timeout", "The request came too slowly"};
inline constexpr ProblemType kForeignWallet{409, "wallet-owned-by-another-user",
                                            "The address is another user's"};
inline constexpr ProblemType kTokenConflict{409, "token-conflict",
                                            "Another token is in its place"};
inline constexpr ProblemType kHistoryUnavailable{409, "history-unavailable",
                                                 "The ledger does not cover this"};
inline constexpr ProblemType kResumeRefused{409, "resume-refused",
                                            "The chain cannot be resumed from there"};
inline constexpr ProblemType kBodyTooLarge{413, "body-too-large", "Request body too large"};
inline constexpr ProblemType kUnsupportedMediaType{415, "unsupported-media-type",
                                                   "The body must be JSON"};
inline constexpr ProblemType kExpectationFailed{417, "expectation-failed", "Expectation failed"};
inline constexpr ProblemType kRateLimited{429, "rate-limited", "Too many requests"};
inline constexpr ProblemType kHeadersTooLarge{431, "headers-too-large",
                                              "Request headers too large"};
inline constexpr ProblemType kInternal{500, "internal", "Internal error"};
inline constexpr ProblemType kUnavailable{503, "unavailable", "Not available now"};
inline constexpr ProblemType kChainUnavailable{503, "chain-unavailable",
                                               "The chain is unavailable"};
inline constexpr ProblemType kOverloaded{503, "overloaded", "Too many connections"};

}  // namespace problems

struct Problem {
    const ProblemType* type = &problems::kInternal;
    std::string detail;  ///< names the field at fault, where there is one
    std::string allow;   ///< 405: the methods that the resource has
    std::uint64_t retry_after = 1;  ///< 429 and 503: seconds

    Problem() = default;
    Problem(const ProblemType& what, std::string why) : type(&what), detail(std::move(why)) {}
};

template <class T>
using Checked = boost::system::result<T, Problem>;
[[noreturn]] void throw_exception_from_error(const Problem& problem,
                                             const boost::source_location& at);

/// What a module below answered, for callers. `absent` is what its `not_found` means, `conflicting`
/// its `conflict`. Errors that are our own fault say nothing of their inside; they are logged.
Problem problem_of(const Error& error, const ProblemType& absent, const ProblemType& conflicting);

/// Text of a caller, to be quoted in a detail: printable ASCII, at most 64 characters of it.
std::string shown(std::string_view text);

std::string to_json(const Problem& problem);
void write_problem(JsonText& json, const Problem& problem);

}  // namespace custodialbridge::api
