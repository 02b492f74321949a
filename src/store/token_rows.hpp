/// Tokens as rows: what ChainStore's token calls do in a session.
#pragma once

#include <vector>

#include "connection.hpp"
#include "custodialbridge/core/token.hpp"

namespace custodialbridge::store {

/// Tokens of the named chains that are stored and not named are no longer followed: their balances
/// would go stale unseen.
Result<void> store_tokens(Connection& session, const std::vector<Token>& tokens, Deadline by);

Result<std::vector<Token>> load_tokens(Connection& session, Deadline by);

}  // namespace custodialbridge::store
