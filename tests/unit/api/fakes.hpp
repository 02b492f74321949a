/// What stands behind the routes in these tests: balances, wallets and a status that a test sets.
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "custodialbridge/api/http_server.hpp"

namespace custodialbridge::api::fakes {

using ledger::BalanceView;
using ledger::Deadline;
using ledger::ReadResult;
using runtime::Task;

/// Where coroutines wait until the test opens it.
class Gate {
  public:
    Task<void> pass() {
        auto executor = co_await boost::asio::this_coro::executor;
        auto timer = std::make_shared<boost::asio::steady_timer>(executor);
        timer->expires_at(boost::asio::steady_timer::time_point::max());
        if (!enter(timer)) co_return;
        boost::system::error_code error;
        co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
        if (!leave(timer))  // cancelled
            throw boost::system::system_error(boost::asio::error::operation_aborted);
    }

    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        for (auto& timer : waiting_)
            boost::asio::post(timer->get_executor(), [timer] { timer->cancel(); });
        waiting_.clear();
    }

    void wait_for_somebody(std::size_t count = 1) {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [&] { return arrived_ >= count; });
    }

  private:
    bool enter(std::shared_ptr<boost::asio::steady_timer> timer) {
        const std::lock_guard lock(mutex_);
        ++arrived_;
        came_.notify_all();
        if (!open_) waiting_.push_back(std::move(timer));
        return !open_;
    }
    // True when the gate was opened.
    bool leave(const std::shared_ptr<boost::asio::steady_timer>& timer) {
        const std::lock_guard lock(mutex_);
        std::erase(waiting_, timer);
        return open_;
    }

    std::mutex mutex_;
    std::condition_variable came_;
    std::size_t arrived_ = 0;
    bool open_ = false;
    std::vector<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

inline BalanceView usdt_view() {
    BalanceView view;
    view.symbol = "USDT";
    view.decimals = 6;
    view.units = "1000.500000";
    view.raw = "1000500000";
    view.block.number = BlockNumber{120};
    view.block.hash.bytes.fill(0xAB);
    view.last_updated = Time(Seconds(1705314600));  // 2024-01-15T10:30:00Z
    view.sync_lag_seconds = 30;
    return view;
}

/// Chain 31337, token 2. User "u1" is in the local tier, "cold" in the database; reading "slow"
/// waits at the gate; "ghost", "down", "chainless", "shallow" and "broken" fail in
/// their ways. Of "many" there is every token of every chain.
struct Balances {
    Gate gate;
    std::mutex mutex;
    std::uint32_t confirmations_asked = 0;
    bool many_gone = false;  ///< "many" has no wallet any more
};

class Reader final : public ledger::BalanceReader {
  public:
    explicit Reader(Balances& balances) : balances_(balances) {}

    bool find_local(std::string_view user, ChainId chain, TokenId token,
                    BalanceView& out) override {
        if (user != "u1" || chain != ChainId{31337} || token != TokenId{2}) return false;
        out = usdt_view();
        return true;
    }

    Task<ReadResult> read(BalanceKey key, BalanceView& out, Deadline) override {
        using enum ledger::NoBalance;
        if (key.user.value == "many") {
            if (balances_.many_gone) co_return failure(unknown_user);
            co_return show(out);
        }
        if (key.chain != ChainId{31337}) co_return failure(unknown_chain);
        if (key.token != TokenId{2}) co_return failure(unknown_token);
        if (key.user.value == "ghost") co_return failure(unknown_user);
        if (key.user.value == "down") co_return failure(unavailable);
        if (key.user.value == "chainless") co_return failure(chain_unavailable);
        if (key.user.value == "broken") throw std::runtime_error("a fault of ours");
        if (key.user.value == "slow") co_await balances_.gate.pass();
        co_return show(out);
    }

    Task<ReadResult> read_realtime(BalanceKey key, std::uint32_t confirmations, BalanceView& out,
                                   Deadline) override {
        if (key.user.value == "chainless") co_return failure(ledger::NoBalance::chain_unavailable);
        if (key.user.value == "shallow") co_return failure(ledger::NoBalance::too_deep);
        {
            const std::lock_guard lock(balances_.mutex);
            balances_.confirmations_asked = confirmations;
        }
        out = usdt_view();
        out.tier = ledger::Tier::chain;
        out.realtime = true;
        out.sync_lag_seconds = 0;
        out.confirmations = confirmations + 1;
        co_return ReadResult{};
    }

    Task<std::vector<ledger::OneRead>> read_realtime_all(std::vector<BalanceKey> keys,
                                                         std::uint32_t confirmations,
                                                         Deadline by) override {
        std::vector<ledger::OneRead> reads(keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i)
            reads[i].result = co_await read_realtime(keys[i], confirmations, reads[i].view, by);
        co_return reads;
    }

  private:
    static ReadResult show(BalanceView& out) {
        out = usdt_view();
        out.tier = ledger::Tier::database;
        return {};
    }

    static ledger::ReadFailure failure(ledger::NoBalance why) {
        ledger::ReadFailure failure;
        failure.why = why;
        failure.detail = "as the test wants it";
        return failure;
    }

    Balances& balances_;
};

inline Address test_address(std::uint8_t last) {
    Address address;
    address.bytes.fill(0x11);
    address.bytes.back() = last;
    return address;
}

inline std::vector<Token> test_tokens() {
    Token eth;
    eth.chain = ChainId{31337};
    eth.symbol = "ETH";
    eth.decimals = 18;
    eth.sync_class = SyncClass::major;
    Token usdt = eth;
    usdt.id = TokenId{2};
    usdt.kind = TokenKind::erc20;
    usdt.symbol = "USDT";
    usdt.decimals = 6;
    usdt.address = test_address(2);
    usdt.mismatch_threshold = U256(1000000);
    Token game = eth;
    game.chain = ChainId{40000};
    game.id = TokenId{4};
    game.kind = TokenKind::erc1155;
    game.symbol = "GAME";
    game.decimals = 0;
    game.sync_class = SyncClass::nft;
    game.address = test_address(4);
    game.realtime = true;
    game.nft_id = U256(77);
    game.on_difference = OnDifference::mismatch;
    return {eth, usdt, game};
}

/// Wallets in memory. `failing` is answered to every call instead.
class Wallets final : public ledger::WalletRegistry {
  public:
    Task<Result<store::PutWallet>> put(UserId user, ChainId chain, Address address,
                                       std::optional<bool> is_deployed, Deadline) override {
        const std::lock_guard lock(mutex_);
        if (failing_) co_return *failing_;
        co_return put_now(user, chain, address, is_deployed);
    }

    Task<Result<std::vector<Result<store::Registered>>>> import_all(
        std::vector<store::NewWallet> wallets, Deadline) override {
        const std::lock_guard lock(mutex_);
        if (failing_) co_return *failing_;
        std::vector<Result<store::Registered>> said;
        for (const auto& [user, chain, address, is_deployed] : wallets) {
            const auto put = put_now(user, chain, address, is_deployed);
            if (!put)
                said.emplace_back(put.error());
            else
                said.emplace_back(put->created ? store::Registered::now
                                               : store::Registered::before);
        }
        co_return said;
    }

    Task<Result<void>> remove(UserId user, ChainId chain, Address address, Deadline) override {
        const std::lock_guard lock(mutex_);
        if (failing_) co_return *failing_;
        const auto gone = std::erase_if(wallets_, [&](const Wallet& wallet) {
            return wallet.user == user && wallet.chain == chain && wallet.address == address;
        });
        if (gone == 0) co_return Error(Errc::not_found, "the user has no such wallet");
        co_return Result<void>();
    }

    Task<Result<store::WalletPage>> list(UserId user, std::optional<ChainId> chain,
                                         std::optional<WalletId> after, std::size_t limit,
                                         Deadline) override {
        const std::lock_guard lock(mutex_);
        if (failing_) co_return *failing_;
        store::WalletPage page;
        for (const Wallet& wallet : wallets_) {
            if (wallet.user != user || (chain && wallet.chain != *chain)) continue;
            if (after && wallet.id <= *after) continue;
            if (page.wallets.size() == limit) {
                page.next = page.wallets.back().id;
                break;
            }
            page.wallets.push_back(wallet);
        }
        co_return page;
    }

    Task<Result<std::vector<ChainId>>> chains_of(UserId user, Deadline) override {
        const std::lock_guard lock(mutex_);
        if (failing_) co_return *failing_;
        std::set<ChainId> chains;
        for (const Wallet& wallet : wallets_)
            if (wallet.user == user) chains.insert(wallet.chain);
        co_return std::vector<ChainId>(chains.begin(), chains.end());
    }

    const TokenRegistry& tokens() const override { return tokens_; }

    void fail_with(std::optional<Error> error) {
        const std::lock_guard lock(mutex_);
        failing_ = std::move(error);
    }

    void track_all(BlockNumber from) {
        const std::lock_guard lock(mutex_);
        for (Wallet& wallet : wallets_) wallet.tracked_from = from;
    }

  private:
    Result<store::PutWallet> put_now(const UserId& user, ChainId chain, const Address& address,
                                     std::optional<bool> is_deployed) {
        if (!tokens_.has_chain(chain)) return Error(Errc::not_found, "no such chain");
        if (address.is_zero()) return Error(Errc::invalid, "the zero address is nobody's wallet");
        store::PutWallet put;
        auto found = std::find_if(wallets_.begin(), wallets_.end(), [&](const Wallet& wallet) {
            return wallet.chain == chain && wallet.address == address;
        });
        if (found == wallets_.end()) {
            Wallet wallet;
            wallet.id = WalletId{static_cast<std::int64_t>(wallets_.size() + 1)};
            wallet.user = user;
            wallet.chain = chain;
            wallet.address = address;
            wallet.created_at = Time(Seconds(1705314600));
            found = wallets_.insert(wallets_.end(), wallet);
            put.created = true;
        }
        if (found->user != user) return Error(Errc::conflict, "the address is another user's");
        found->is_deployed = is_deployed.value_or(found->is_deployed);
        put.wallet = *found;
        return put;
    }

    std::mutex mutex_;
    std::vector<Wallet> wallets_;
    std::optional<Error> failing_;
    const TokenRegistry tokens_{test_tokens()};
};

class Status final : public StatusSource {
  public:
    StatusReport status() const override {
        StatusReport report;
        report.uptime_seconds = 12;
        report.database = "ok";
        report.redis = "off";
        ChainReport chain;
        chain.chain = ChainId{31337};
        chain.name = "devnet \"one\"";
        chain.state = "following";
        chain.head = 121;
        chain.cursor = 120;
        chain.coverage = 0.5;
        chain.completeness = "claimed";
        EndpointReport endpoint;
        endpoint.name = "127.0.0.1:8545";
        endpoint.healthy = true;
        endpoint.head = 121;
        endpoint.latency_ms = 1.25;
        chain.endpoints.push_back(endpoint);
        report.chains.push_back(chain);
        report.outbox = 3;
        return report;
    }
};

}  // namespace custodialbridge::api::fakes
