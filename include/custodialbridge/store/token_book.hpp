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

    /// Adds them, or changes what may change of them; all or nothing. They stay followed whatever
    /// is configured (ChainStore::sync_tokens), and become the configuration's once that names
    /// them. `conflict` when a number, or a contract, is another token's of the chain.
    virtual Task<Result<void>> put(std::vector<Token> tokens, Deadline by) = 0;

    /// Those that are no configuration's, by chain and number.
    virtual Task<Result<std::vector<Token>>> put_before(Deadline by) = 0;
};

}  // namespace custodialbridge::store
