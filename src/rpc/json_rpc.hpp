/// The JSON-RPC 2.0 envelope: writing calls, matching answers to them by id.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::rpc {

class JsonValue;  // json_value.hpp

/// One call. `method` must be a literal; `parameters` is a JSON array as text.
struct Call {
    std::string_view method;
    std::string parameters;
};

/// Takes the result of the call with this position; its error becomes that call's outcome.
using ResultReader = std::function<Result<void>(std::size_t call, JsonValue& result)>;

struct Answers {
    std::vector<Result<void>> outcomes;  ///< one a call, in the calls' order
    std::vector<bool> said_nothing;      ///< no answer, or one that the node may not give again
    bool rate_limited = false;           ///< some call was refused for its rate
    bool batch_refused = false;          ///< the node wants smaller batches
};

/// One call is an object, more are a batch; ids count up from `first_id`.
std::string encode_calls(std::span<const Call> calls, std::uint64_t first_id);

/// Reads the answer to `count` calls, in any order. A call without answer is `unavailable`; an
/// error object in place of the whole answer is every call's outcome. `unavailable` as a whole when
/// it is no JSON-RPC answer, or holds an id that was not asked or the same one twice. Grows `body`
/// by its padding.
Result<Answers> read_answers(std::string& body, std::size_t count, std::uint64_t first_id,
                             const ResultReader& reader);

/// The first error among the outcomes.
Result<void> all_of(const std::vector<Result<void>>& outcomes);

}  // namespace custodialbridge::rpc
