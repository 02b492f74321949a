#include "poll_reading.hpp"

namespace custodialbridge::sync {

PollReading::PollReading(std::vector<store::DuePoll> polls,
                         std::vector<store::DueSegment> segments,
                         const std::map<TokenId, const Token*>& tokens)
    : polls_(std::move(polls)), segments_(std::move(segments)) {
    for (const store::DuePoll& poll : polls_) ask_for(poll, tokens);
    for (const store::DueSegment& segment : segments_)
        for (const store::DuePoll& poll : segment.polls) ask_for(poll, tokens);
}

void PollReading::ask_for(const store::DuePoll& poll,
                          const std::map<TokenId, const Token*>& tokens) {
    const Token& token = *tokens.at(poll.token);
    for (const store::TrackedWallet& wallet : poll.wallets)
        questions_.push_back({wallet.address, token.address, token.nft_id});
}

}  // namespace custodialbridge::sync
