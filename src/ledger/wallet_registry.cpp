#include "custodialbridge/ledger/wallet_registry.hpp"

#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::ledger {

namespace {

class ForgettingRegistry final : public WalletRegistry {
  public:
    explicit ForgettingRegistry(RegistryParts parts) : parts_(std::move(parts)) {}

    Task<Result<store::PutWallet>> put(UserId user, ChainId chain, Address address,
                                       bool is_deployed, Deadline by) override {
        if (auto known = check(chain, address); !known) co_return known.error();
        auto put = co_await parts_.wallets.put(user, chain, address, is_deployed, by);
        // A lost answer may be a commit: what is cached of the user must go in every case.
        if (!put || put->created) co_await changed(std::move(user), chain, by);
        co_return std::move(put);
    }

    Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) override {
        if (auto known = check(chain, address); !known) co_return known.error();
        auto removed = co_await parts_.wallets.remove(user, chain, address, by);
        co_await changed(std::move(user), chain, by);
        co_return std::move(removed);
    }

    Task<Result<store::WalletPage>> list(UserId user, std::optional<ChainId> chain,
                                         std::optional<WalletId> after, std::size_t limit,
                                         Deadline by) override {
        return parts_.wallets.of_user(std::move(user), chain, after, limit, by);
    }

    const TokenRegistry& tokens() const override { return parts_.tokens; }

  private:
    Result<void> check(ChainId chain, const Address& address) const {
        if (!parts_.tokens.has_chain(chain))
            return Error(Errc::not_found,
                         "chain " + std::to_string(chain.value) + " is not configured");
        if (address.is_zero())
            return Error(Errc::invalid, "the zero address is nobody's wallet");
        return {};
    }

    Task<void> changed(UserId user, ChainId chain, Deadline by) {
        parts_.local.drop_user(user,
                               chain);  // fills that were read before are refused from here on
        co_await runtime::on(parts_.sync_loop, forget(user, chain, by));
        parts_.local.drop_user(user, chain);  // what was filled from Redis meanwhile
    }

    Task<void> forget(UserId user, ChainId chain, Deadline by) {
        if (parts_.redis != nullptr) {
            std::vector<BalanceKey> keys;
            for (const Token& token : parts_.tokens.of_chain(chain))
                keys.push_back({user, chain, token.id});
            const auto forgot = co_await parts_.redis->forget(
                std::move(keys), by.at_most(parts_.clock, parts_.settings.redis_timeout));
            if (!forgot) parts_.distrust_redis(chain);
        }
        parts_.on_change(chain);
    }

    RegistryParts parts_;
};

}  // namespace

std::unique_ptr<WalletRegistry> make_wallet_registry(RegistryParts parts) {
    return std::make_unique<ForgettingRegistry>(std::move(parts));
}

}  // namespace custodialbridge::ledger
