/// Tokens as rows: what ChainStore's token calls do in a session.
#pragma once

#include <vector>

#include "connection.hpp"
#include "custodialbridge/core/token.hpp"

namespace custodialbridge::store {

/// Of a configuration. Tokens of the named chains that are stored and not named are no longer
/// followed (but those of the API): their balances would go stale unseen.
Result<void> store_tokens(Connection& session, const std::vector<Token>& tokens, Deadline by);

/// TokenBook::put.
Result<void> store_tokens_of_api(Connection& session, const std::vector<Token>& tokens,
                                 Deadline by);
Result<std::vector<Token>> load_tokens_of_api(Connection& session, Deadline by);

Result<std::vector<Token>> load_tokens(Connection& session, Deadline by);

}  // namespace custodialbridge::store
