#include "custodialbridge/ledger/token_desk.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::ledger {
namespace {

class StoringDesk final : public TokenDesk {
  public:
    explicit StoringDesk(TokenDeskParts parts) : parts_(std::move(parts)) {
        reconfigure(std::move(parts_.configured), parts_.defaults);
    }

    void reconfigure(std::vector<Token> configured, TokenDefaults defaults) override {
        const auto next = std::make_shared<Configuration>(std::move(configured), defaults);
        std::lock_guard lock(mutex_);
        configuration_ = next;
    }

    Task<Result<Token>> put(TokenDraft draft, Deadline by) override {
        if (parts_.board.find(draft.chain) == nullptr)
            co_return Error(Errc::not_found,
                            "chain " + std::to_string(draft.chain.value) + " is not configured");
        CB_CO_TRY(token, complete(draft, configuration()->defaults));
        CB_CO_TRY(is_configured, look_in_configuration(token));
        if (is_configured) co_return token;
        CB_CO_CHECKED(may_stand(token));
        std::vector<Token> one{token};
        CB_CO_CHECKED(co_await parts_.book.put(std::move(one), by));
        auto refreshing = refresh(by);
        // Should it fail now, the next refresh makes up for it: the token is stored.
        (void)co_await runtime::on(parts_.sync_loop, std::move(refreshing));
        co_return token;
    }

    Task<Result<void>> refresh(Deadline by) override {
        const std::uint64_t round = ++begun_;
        CB_CO_TRY(stored, co_await parts_.book.put_before(by));
        if (round < applied_) co_return Result<void>();  // who asked later has answered before
        applied_ = round;
        auto next = tokens_beside(configuration()->tokens, stored, parts_.board);
        const TokenRegistry now(std::move(next));
        std::vector<ChainId> changed;
        for (const auto& tip : parts_.board.tips())
            if (!std::ranges::equal(now.of_chain(tip->chain()),
                                    parts_.tokens.of_chain(tip->chain())))
                changed.push_back(tip->chain());
        if (changed.empty()) co_return Result<void>();
        const auto all = now.all();
        parts_.tokens.replace({all.begin(), all.end()});
        for (const ChainId chain : changed) parts_.on_change(chain);
        co_return Result<void>();
    }

  private:
    /// Whether the configuration has this very token; `conflict` when it has another one there.
    Result<bool> look_in_configuration(const Token& token) const {
        const auto now = configuration();
        for (const Token& one : now->tokens) {
            if (one == token) return true;
            if (same_token(one, token))
                return Error(Errc::conflict, "token " + std::to_string(token.id.value) +
                                                 " is the configuration's: change it there");
        }
        return false;
    }

    Result<void> may_stand(const Token& token) const {
        for (const Token& other : parts_.tokens.of_chain(token.chain))
            CB_CHECKED(may_stand_beside(token, other));
        return {};
    }

    struct Configuration {
        Configuration(std::vector<Token> all, TokenDefaults others)
            : tokens(std::move(all)), defaults(others) {}
        const std::vector<Token> tokens;
        const TokenDefaults defaults;
    };

    std::shared_ptr<const Configuration> configuration() const {
        std::lock_guard lock(mutex_);
        return configuration_;
    }

    TokenDeskParts parts_;  // without what is configured: see configuration()
    mutable std::mutex mutex_;
    std::shared_ptr<const Configuration> configuration_;
    std::uint64_t begun_ = 0;    // refreshes
    std::uint64_t applied_ = 0;  // the latest begun of those that took effect
};

}  // namespace

std::unique_ptr<TokenDesk> make_token_desk(TokenDeskParts parts) {
    return std::make_unique<StoringDesk>(std::move(parts));
}

std::vector<Token> tokens_beside(std::vector<Token> configured, const std::vector<Token>& stored,
                                 const ChainBoard& board) {
    const std::size_t count = configured.size();
    for (const Token& token : stored) {
        const bool stands = std::all_of(
            configured.begin(), configured.begin() + static_cast<std::ptrdiff_t>(count),
            [&](const Token& one) {
                return !same_token(one, token) && may_stand_beside(token, one).has_value();
            });
        if (stands && board.find(token.chain) != nullptr) configured.push_back(token);
    }
    return configured;
}

}  // namespace custodialbridge::ledger
