#include "support/fake_changes.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace custodialbridge::testing {

void FakeChanges::end() {
    if (std::exchange(broken, true)) return;
    for (FakeChangeFeed* feed : feeds)
        if (feed->listener_ != nullptr) feed->listener_->deaf();
}

void FakeChanges::begin() {
    if (!std::exchange(broken, false)) return;
    for (FakeChangeFeed* feed : feeds)
        if (feed->listener_ != nullptr) feed->listener_->hears(true);
    for (FakeChangeFeed* feed : feeds)
        for (const ChainId chain : std::exchange(feed->owed_, {}))
            feed->tell({chain, {}, true, {}, {}});
}

void FakeChanges::let_go() {
    held = false;
    for (const auto& [from, change] : std::exchange(waiting, {})) from->tell(change);
}

FakeChangeFeed::FakeChangeFeed(FakeChanges& place) : place_(place) {
    place_.feeds.push_back(this);
}

FakeChangeFeed::~FakeChangeFeed() {
    std::erase(place_.feeds, this);
    std::erase_if(place_.waiting, [this](const auto& one) { return one.first == this; });
}

void FakeChangeFeed::announce(cache::Change change) {
    if (change.balances.size() + change.users.size() > cache::Change::kNamedMost)
        change = {change.chain, change.at, true, {}, {}};
    if (place_.held) return place_.waiting.emplace_back(this, std::move(change)), void();
    if (!place_.broken) return tell(change);
    if (std::find(owed_.begin(), owed_.end(), change.chain) == owed_.end())
        owed_.push_back(change.chain);
}

void FakeChangeFeed::tell(const cache::Change& change) {
    place_.told.push_back(change);
    for (FakeChangeFeed* feed : place_.feeds)
        if (feed != this && feed->listener_ != nullptr) feed->listener_->changed(change);
}

runtime::Task<void> FakeChangeFeed::run(cache::ChangeListener& listener) {
    struct Listening {
        cache::ChangeListener*& place;
        ~Listening() { place = nullptr; }
    };
    const Listening listening{listener_};
    listener_ = &listener;
    if (!place_.broken) listener.hears(true);
    boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
}

}  // namespace custodialbridge::testing
