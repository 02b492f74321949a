/// Tokens that were put while daemons ran, beside those of their configurations.
#pragma once

#include <vector>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::store {

using runtime::Deadline;
using runtime::Task;

class TokenBook {
  public:
    virtual ~TokenBook() = default;

    /// Adds it, or changes what may change of it. It stays followed whatever is configured
    /// (ChainStore::sync_tokens), and becomes the configuration's once that names it. `conflict`
    /// when its number, or its contract, is another token's of the chain.
    virtual Task<Result<void>> put(Token token, Deadline by) = 0;

    /// Those that are no configuration's, by chain and number.
    virtual Task<Result<std::vector<Token>>> put_before(Deadline by) = 0;
};

}  // namespace custodialbridge::store
