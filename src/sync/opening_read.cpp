#include "opening_read.hpp"

#include <algorithm>
#include <map>

namespace custodialbridge::sync {

namespace {

bool is_collection(const rules::FollowedToken& token) {
    return token.kind == TokenKind::erc1155 && !token.nft_id;
}

}  // namespace

OpeningRead::OpeningRead(std::span<const store::TrackedWallet> given,
                         std::span<const rules::FollowedToken> tokens,
                         std::span<const NftCandidate> candidates)
    : given_(given), tokens_(tokens), candidates_(candidates) {
    for (const store::TrackedWallet& wallet : given_) ask_for(wallet);
}

void OpeningRead::ask_for(const store::TrackedWallet& wallet) {
    for (const rules::FollowedToken& token : tokens_) {
        if (is_collection(token)) continue;
        questions_.push_back({wallet.address, token.contract, token.nft_id});
        asked_.push_back({wallet.id, token.token});
    }
    auto candidate = std::lower_bound(candidates_.begin(), candidates_.end(),
                                      NftCandidate{wallet.id, TokenId{0}, 0});
    for (; candidate != candidates_.end() && candidate->wallet == wallet.id; ++candidate) {
        const auto token = std::find_if(tokens_.begin(), tokens_.end(), [&](const auto& one) {
            return one.token == candidate->token;
        });
        if (token == tokens_.end()) continue;
        const bool by_owner = token->kind == TokenKind::erc721;
        questions_.push_back({wallet.address, token->contract, candidate->nft_id, by_owner});
        asked_.push_back({wallet.id, token->token});
    }
}

void OpeningRead::take(std::span<const rpc::BalanceAnswer> answers) {
    std::size_t first = 0;
    for (const store::TrackedWallet& wallet : given_) {
        std::size_t count = 0;
        while (first + count < asked_.size() && asked_[first + count].wallet == wallet.id) ++count;
        const auto asked = std::span(asked_).subspan(first, count);
        if (take_wallet(wallet.id, asked, answers.subspan(first, count), first))
            wallets.push_back(wallet.id);
        first += count;
    }
}

bool OpeningRead::take_wallet(WalletId wallet, std::span<const Asked> asked,
                              std::span<const rpc::BalanceAnswer> answers, std::size_t first) {
    std::map<TokenId, U256> seen;
    std::vector<HoldingObservation> held;
    std::vector<UnknownBalance> refusals;
    for (const rules::FollowedToken& token : tokens_)
        if (is_collection(token)) seen[token.token] = 0;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const TokenId token = asked[i].token;
        const rpc::BalanceQuestion& question = questions_[first + i];
        if (!answers[i]) {
            const bool nobodys = question.by_owner && answers[i].error().code() == Errc::invalid;
            if (nobodys) continue;
            if (!may_be_unknown(token, answers[i].error()))
                return leave_out(question, answers[i].error());
            refusals.push_back({wallet, token});
            refused.try_emplace(token, Unanswered{&question, answers[i].error()});
            continue;
        }
        const U256& amount = *answers[i];
        if (question.nft_id && amount > 0)
            held.push_back({wallet, token, *question.nft_id, amount});
        if (question.by_owner) continue;  // the balance says how many
        const auto sum = checked_add(seen[token], amount);
        if (!sum)
            return leave_out(question, Error(Errc::invalid, "all ids together pass 2^256-1"));
        seen[token] = *sum;
    }
    for (const auto& [token, amount] : seen) balances.push_back({wallet, token, amount});
    holdings.insert(holdings.end(), held.begin(), held.end());
    unknown.insert(unknown.end(), refusals.begin(), refusals.end());
    return true;
}

bool OpeningRead::leave_out(const rpc::BalanceQuestion& question, const Error& error) {
    if (!left_out) left_out = Unanswered{&question, error};
    return false;
}

/// The contract was asked, and refused; of one whose ids are searched, the rest would be wrong.
bool OpeningRead::may_be_unknown(TokenId token, const Error& error) const {
    const auto found = std::find_if(tokens_.begin(), tokens_.end(),
                                    [&](const auto& one) { return one.token == token; });
    return error.code() == Errc::invalid && !has_unknown_ids(*found);
}

}  // namespace custodialbridge::sync
