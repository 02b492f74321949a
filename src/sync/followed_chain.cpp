#include "followed_chain.hpp"

#include <algorithm>

namespace custodialbridge::sync {

const rules::FollowedToken* FollowedChain::followed(TokenId token) const {
    const auto tokens = watchlist.tokens();
    const auto found = std::find_if(tokens.begin(), tokens.end(),
                                    [&](const auto& one) { return one.token == token; });
    return found == tokens.end() ? nullptr : &*found;
}

Task<Result<void>> FollowedChain::adjust(AdjustmentPlan plan) {
    commit_in_doubt = true;
    CB_CO_CHECKED(co_await parts.writer.adjust(std::move(plan), deadline()));
    commit_in_doubt = false;
    co_return Result<void>{};
}

}  // namespace custodialbridge::sync
