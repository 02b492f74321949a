/// Putting tokens behind the routes; what was asked is kept.
#pragma once

#include <mutex>
#include <optional>

#include "custodialbridge/ledger/token_desk.hpp"

namespace custodialbridge::api::fakes {

class TokenDesk final : public ledger::TokenDesk {
  public:
    runtime::Task<Result<Token>> put(TokenDraft draft, runtime::Deadline) override {
        const std::lock_guard lock(mutex_);
        if (failing) co_return *failing;
        asked = draft;
        TokenDefaults defaults;
        defaults.mismatch_threshold = U256(77);
        co_return complete(draft, defaults);
    }
    void reconfigure(std::vector<Token>, TokenDefaults) override {}
    runtime::Task<Result<void>> refresh(runtime::Deadline) override { co_return Result<void>(); }

    std::optional<Error> failing;
    std::optional<TokenDraft> asked;

  private:
    std::mutex mutex_;
};

}  // namespace custodialbridge::api::fakes
