#include "failures.hpp"

#include <string>

namespace custodialbridge::ledger {

ReadFailure unknown_user(const BalanceKey& key) {
    return {NoBalance::unknown_user, "user " + key.user.value + " has no wallet on chain " +
                                         std::to_string(key.chain.value)};
}

ReadFailure unknown_token(const ChainBoard& board, const BalanceKey& key) {
    if (board.find(key.chain) == nullptr)
        return {NoBalance::unknown_chain,
                "chain " + std::to_string(key.chain.value) + " is not configured"};
    return {NoBalance::unknown_token, "token " + std::to_string(key.token.value) +
                                          " is not registered on chain " +
                                          std::to_string(key.chain.value)};
}

}  // namespace custodialbridge::ledger
