#include "poll_reading.hpp"

namespace custodialbridge::sync {

PollReading::PollReading(std::vector<store::DuePoll> due,
                         const std::map<TokenId, const Token*>& tokens)
    : due_(std::move(due)) {
    for (const store::DuePoll& poll : due_) {
        const Token& token = *tokens.at(poll.token);
        for (const store::TrackedWallet& wallet : poll.wallets)
            questions_.push_back({wallet.address, token.address, token.nft_id});
    }
}

}  // namespace custodialbridge::sync
