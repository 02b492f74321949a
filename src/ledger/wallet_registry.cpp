#include "custodialbridge/ledger/wallet_registry.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <set>
#include <span>

#include "changing_wallets.hpp"
#include "custodialbridge/ledger/make_ledger.hpp"
#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::ledger {

namespace {

constexpr std::size_t kWalletsAtOnce = 1'000;  // whose users' totals are not kept meanwhile

/// The task goes on to its end when the caller is cancelled: what has changed the store must reach
/// the caches.
template <class T>
Task<T> to_its_end(Task<T> task) {
    namespace asio = boost::asio;
    const auto executor = co_await asio::this_coro::executor;
    auto uncancelled =
        asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
    co_return co_await asio::co_spawn(executor, std::move(task), std::move(uncancelled));
}

/// A lost answer may be a commit; one that says why nothing was changed is not.
template <class T>
cache::WalletsChange outcome_of(const Result<T>& result) {
    if (result) return cache::WalletsChange::made;
    const Errc code = result.error().code();
    const bool may_be_made = code == Errc::unavailable || code == Errc::timed_out;
    return may_be_made ? cache::WalletsChange::unknown : cache::WalletsChange::not_made;
}

class ForgettingRegistry final : public WalletRegistry {
  public:
    explicit ForgettingRegistry(RegistryParts parts) : parts_(std::move(parts)) {}

    Task<Result<store::PutWallet>> put(UserId user, ChainId chain, Address address,
                                       std::optional<bool> is_deployed, Deadline by) override {
        return to_its_end(put_now(std::move(user), chain, address, is_deployed, by));
    }

    Task<Result<std::vector<Result<store::Registered>>>> import_all(
        std::vector<store::NewWallet> wallets, Deadline by) override {
        return to_its_end(import_now(std::move(wallets), by));
    }

    Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline by) override {
        return to_its_end(remove_now(std::move(user), chain, address, by));
    }

    Task<Result<store::WalletPage>> list(UserId user, std::optional<ChainId> chain,
                                         std::optional<WalletId> after, std::size_t limit,
                                         Deadline by) override {
        return parts_.wallets.of_user(std::move(user), chain, after, limit, by);
    }

    Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline by) override {
        return parts_.wallets.chains_of(std::move(user), by);
    }

    const TokenRegistry& tokens() const override { return parts_.tokens; }

  private:
    Task<Result<store::PutWallet>> put_now(UserId user, ChainId chain, Address address,
                                           std::optional<bool> is_deployed, Deadline by) {
        if (auto known = check(chain, address); !known) co_return known.error();
        ChangingWallets changing(parts_.local, user, chain);
        auto put = co_await parts_.wallets.put(user, chain, address, is_deployed, by);
        changing.outcome = put && !put->created ? cache::WalletsChange::not_made : outcome_of(put);
        if (changing.outcome != cache::WalletsChange::not_made)
            co_await runtime::on(parts_.sync_loop, forget(std::move(user), chain, by));
        co_return std::move(put);
    }

    using Answers = std::vector<Result<store::Registered>>;
    using Owner = std::pair<ChainId, UserId>;

    Task<Result<Answers>> import_now(std::vector<store::NewWallet> wallets, Deadline by) {
        Answers answers;
        std::set<ChainId> changed;
        Result<void> outcome;
        for (std::size_t done = 0; outcome && done < wallets.size(); done += kWalletsAtOnce) {
            const std::size_t end = std::min(done + kWalletsAtOnce, wallets.size());
            const std::span<const store::NewWallet> part(wallets.data() + done, end - done);
            outcome = co_await import_part(part, answers, changed, by);
        }
        co_await runtime::on(parts_.sync_loop, tell_listeners(std::move(changed)));
        if (!outcome) co_return outcome.error();
        co_return std::move(answers);
    }

    Task<Result<void>> import_part(std::span<const store::NewWallet> part, Answers& answers,
                                   std::set<ChainId>& changed, Deadline by) {
        std::vector<store::NewWallet> good;
        std::vector<std::size_t> places;  // of the good ones among the answers
        for (const store::NewWallet& wallet : part) {
            auto known = check(wallet.chain, wallet.address);
            answers.push_back(known ? Result<store::Registered>(store::Registered::before)
                                    : Result<store::Registered>(known.error()));
            if (!known) continue;
            places.push_back(answers.size() - 1);
            good.push_back(wallet);
        }
        if (good.empty()) co_return Result<void>{};
        std::map<Owner, std::unique_ptr<ChangingWallets>> changing;
        for (const store::NewWallet& wallet : good) {
            auto& one = changing[{wallet.chain, wallet.user}];
            if (!one)
                one = std::make_unique<ChangingWallets>(parts_.local, wallet.user, wallet.chain);
        }
        auto said = co_await parts_.wallets.import_all(good, by);
        for (auto& [owner, one] : changing)
            one->outcome = said ? cache::WalletsChange::not_made : outcome_of(said);
        for (std::size_t i = 0; said && i < good.size(); ++i) {
            answers[places[i]] = (*said)[i];
            if ((*said)[i] && *(*said)[i] == store::Registered::now)
                changing.at({good[i].chain, good[i].user})->outcome = cache::WalletsChange::made;
        }
        std::map<ChainId, std::vector<UserId>> users;
        for (const auto& [owner, one] : changing)
            if (one->outcome != cache::WalletsChange::not_made)
                users[owner.first].push_back(owner.second);
        for (const auto& [chain, concerned] : users) changed.insert(chain);
        co_await runtime::on(parts_.sync_loop, forget_users(std::move(users), by));
        if (!said) co_return said.error();
        co_return Result<void>{};
    }

    Task<Result<void>> remove_now(UserId user, ChainId chain, Address address, Deadline by) {
        if (auto known = check(chain, address); !known) co_return known.error();
        ChangingWallets changing(parts_.local, user, chain);
        auto removed = co_await parts_.wallets.remove(user, chain, address, by);
        changing.outcome = outcome_of(removed);
        if (changing.outcome != cache::WalletsChange::not_made)
            co_await runtime::on(parts_.sync_loop, forget(std::move(user), chain, by));
        co_return std::move(removed);
    }

    Result<void> check(ChainId chain, const Address& address) const {
        if (!parts_.tokens.has_chain(chain))
            return Error(Errc::not_found,
                         "chain " + std::to_string(chain.value) + " is not configured");
        if (address.is_zero())
            return Error(Errc::invalid, "the zero address is nobody's wallet");
        return {};
    }

    Task<void> forget(UserId user, ChainId chain, Deadline by) {
        std::map<ChainId, std::vector<UserId>> users;
        users[chain].push_back(std::move(user));
        co_await forget_users(std::move(users), by);
        parts_.on_change(chain);
    }

    Task<void> forget_users(std::map<ChainId, std::vector<UserId>> users, Deadline by) {
        for (auto& [chain, concerned] : users) {
            if (parts_.redis != nullptr) {
                auto keys = keys_of(concerned, chain, parts_.tokens);
                const auto forgot = co_await parts_.redis->forget(
                    std::move(keys), by.at_most(parts_.clock, parts_.settings.redis_timeout));
                if (!forgot) parts_.distrust_redis(chain);
            }
            if (parts_.changes == nullptr) continue;
            cache::Change change;
            change.chain = chain;
            change.users = std::move(concerned);
            parts_.changes->announce(std::move(change));
        }
    }

    Task<void> tell_listeners(std::set<ChainId> chains) {
        for (const ChainId chain : chains) parts_.on_change(chain);
        co_return;
    }

    RegistryParts parts_;
};

}  // namespace

std::unique_ptr<WalletRegistry> make_wallet_registry(RegistryParts parts) {
    return std::make_unique<ForgettingRegistry>(std::move(parts));
}

}  // namespace custodialbridge::ledger
