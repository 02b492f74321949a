/// Transport: the seam between JSON-RPC and the network. Tests put a fake node behind it.
#pragma once

#include <optional>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::rpc {

struct HttpAnswer {
    unsigned status = 0;
    std::string body;  ///< with spare capacity for a parser's padding
    std::optional<Seconds> retry_after;
};

class Transport {
  public:
    virtual ~Transport() = default;

    /// Posts one JSON document and returns whatever HTTP answer comes. `unavailable` when the
    /// connection cannot be made or breaks, `timed_out`, `limited` when the answer is larger than
    /// we take.
    virtual runtime::Task<Result<HttpAnswer>> post(std::string body, runtime::Deadline by) = 0;
};

}  // namespace custodialbridge::rpc
