/// Tokens that an operator adds while the daemons run.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "custodialbridge/core/token_draft.hpp"
#include "custodialbridge/core/token_registry.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/store/token_book.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

class TokenDesk {
  public:
    virtual ~TokenDesk() = default;

    /// Stores the token; this daemon knows it then, others within seconds. What a configuration
    /// names is changed there: `conflict`, unless it says the same. `invalid` begins with the
    /// field at fault; `not_found`: no such chain. Any thread's loop may await.
    virtual Task<Result<Token>> put(TokenDraft draft, Deadline by) = 0;

    /// The configuration names these now; they are in force from the next `refresh` on. Any thread.
    virtual void reconfigure(std::vector<Token> configured, TokenDefaults defaults) = 0;

    /// Makes the registry what is configured and stored. On the sync loop.
    virtual Task<Result<void>> refresh(Deadline by) = 0;
};

/// Everything outlives the desk. `on_change` is called on `sync_loop` for a chain whose tokens are
/// other ones now.
struct TokenDeskParts {
    TokenRegistry& tokens;  ///< changed on `sync_loop` alone
    std::vector<Token> configured;
    TokenDefaults defaults;
    const ChainBoard& board;
    store::TokenBook& book;
    runtime::Executor sync_loop;
    std::function<void(ChainId)> on_change;
};
std::unique_ptr<TokenDesk> make_token_desk(TokenDeskParts parts);

/// The configured ones, and of the stored those that can stand beside them.
std::vector<Token> tokens_beside(std::vector<Token> configured, const std::vector<Token>& stored,
                                 const ChainBoard& board);

}  // namespace custodialbridge::ledger
