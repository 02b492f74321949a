/// What a node's error means: the one table of codes and wordings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::rpc {

enum class Fault : std::uint8_t {
    busy,        ///< cannot answer now
    rate,        ///< too many requests of ours: pause, ask another one
    range,       ///< range, answer or run time too large: ask less
    batch,       ///< too many calls in one batch
    reverted,    ///< the called contract failed
    malformed,   ///< the node does not understand the request
    denied,      ///< credentials or plan do not allow it
    orphaned,    ///< the node does not know the block, or not as canonical
    pruned,      ///< the node knows the block, not its state or receipts any more
    unsupported  ///< the node lacks the method
};

/// A rate limit is `unavailable` (the same call may succeed later), a range limit `limited` (ask
/// less).
Errc errc_of(Fault fault);

/// By wording first: providers give one code to different things. Code 0: none was given.
Fault classify(std::int64_t code, std::string_view message);

/// For an answer without a JSON-RPC error in it.
Fault classify_http_status(unsigned status);

/// "message (code)", printable and of bounded length.
std::string describe_rpc_error(std::int64_t code, std::string_view message);

}  // namespace custodialbridge::rpc
