/// What processes may rely on when they tell each other of changes: the same over Redis and over
/// the fake.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "custodialbridge/cache/make_redis.hpp"
#include "custodialbridge/telemetry/log.hpp"
#include "redis_fixture.hpp"
#include "support/fake_changes.hpp"

namespace custodialbridge::cache {
namespace {

constexpr ChainId kChain{31337}, kOther{1};

Change balances_of(const std::string& user) {
    Change change;
    change.chain = kChain;
    change.at = {1, {120}};
    change.balances = {{{user}, kChain, {2}}};
    return change;
}

Change all_of(ChainId chain) {
    Change change;
    change.chain = chain;
    change.everything = true;
    return change;
}

/// As text, in order: what a process was told.
struct Heard final : ChangeListener {
    void changed(const Change& change) override {
        if (change.everything) said.push_back("all " + std::to_string(change.chain.value));
        for (const BalanceKey& key : change.balances) said.push_back("balance " + key.user.value);
        for (const UserId& user : change.users) said.push_back("user " + user.value);
    }
    void hears(bool missed) override {
        said.push_back("hears");
        missed_some = missed_some || missed;
    }
    void deaf() override { said.push_back("deaf"); }

    /// Without when it heard: a slow machine makes that come and go.
    std::vector<std::string> changes() const {
        std::vector<std::string> only = said;
        std::erase_if(only, [](const auto& one) { return one == "hears" || one == "deaf"; });
        return only;
    }
    bool has(const std::string& what) const {
        return std::find(said.begin(), said.end(), what) != said.end();
    }
    bool hears_now() const {
        for (auto one = said.rbegin(); one != said.rend(); ++one)
            if (*one == "hears" || *one == "deaf") return *one == "hears";
        return false;
    }

    std::vector<std::string> said;
    bool missed_some = false;
};

/// Feeds meet in a Redis of their own.
class OverRedis {
  public:
    std::unique_ptr<ChangeFeed> make(boost::asio::io_context& loop) {
        return make(loop, server.unix_url());
    }
    std::unique_ptr<ChangeFeed> make(boost::asio::io_context& loop, const std::string& url) {
        return make_change_feed(settings_for(url), {kChain, kOther}, loop.get_executor(), clock_,
                                random_)
            .value();
    }
    void end() { server.stop(); }
    void begin() { server.start(); }

    testing::RedisServer server;

  private:
    runtime::SystemClock clock_;
    runtime::SeededRandom random_{7};
};

class OverTheFake {
  public:
    std::unique_ptr<ChangeFeed> make(boost::asio::io_context&) {
        return std::make_unique<testing::FakeChangeFeed>(changes_);
    }
    void end() { changes_.end(); }
    void begin() { changes_.begin(); }

  private:
    testing::FakeChanges changes_;
};

/// A feed that runs, and what it heard.
struct Process {
    Process(boost::asio::io_context& loop, std::unique_ptr<ChangeFeed> made)
        : feed(std::move(made)) {
        boost::asio::co_spawn(loop, feed->run(heard),
                              boost::asio::bind_cancellation_slot(stop.slot(), [](auto) {}));
    }

    std::unique_ptr<ChangeFeed> feed;
    Heard heard;
    boost::asio::cancellation_signal stop;
};

template <class Place>
class ChangesTold : public ::testing::Test {
  protected:
    void SetUp() override { telemetry::set_log_level(telemetry::LogLevel::error); }
    void TearDown() override {
        for (Process& process : processes_) process.stop.emit(boost::asio::cancellation_type::all);
        loop_.restart();
        loop_.poll();
    }

    /// That hears.
    Process& start() {
        Process& made = processes_.emplace_back(loop_, place_.make(loop_));
        EXPECT_TRUE(until([&] { return made.heard.hears_now(); }));
        return made;
    }

    bool until(const std::function<bool()>& so) {
        runtime::SystemClock clock;
        const Deadline end = Deadline::after(clock, Millis(20'000));
        while (!so() && !end.passed(clock)) loop_.run_one_for(Millis(10));
        return so();
    }

    boost::asio::io_context loop_;
    Place place_;
    std::list<Process> processes_;
};

using Places = ::testing::Types<OverRedis, OverTheFake>;
TYPED_TEST_SUITE(ChangesTold, Places);

TYPED_TEST(ChangesTold, ReachEveryOtherProcessInOrderButNotTheirOwn) {
    Process &one = this->start(), &two = this->start(), &three = this->start();
    one.heard.said.clear();
    std::vector<std::string> expected;
    two.heard.said.clear();
    three.heard.said.clear();
    for (int i = 0; i < 200; ++i) {
        one.feed->announce(balances_of("u" + std::to_string(i)));
        expected.push_back("balance u" + std::to_string(i));
    }
    two.feed->announce(all_of(kOther));
    for (Process* process : {&two, &three})
        EXPECT_TRUE(this->until([&] { return process->heard.has("balance u199"); }));
    EXPECT_TRUE(this->until([&] { return one.heard.has("all 1"); }));
    EXPECT_TRUE(this->until([&] { return three.heard.has("all 1"); }));
    EXPECT_EQ(two.heard.changes(), expected);
    std::erase(three.heard.said, "all 1");
    EXPECT_EQ(three.heard.changes(), expected);
    EXPECT_EQ(one.heard.changes(), std::vector<std::string>{"all 1"});
}

TYPED_TEST(ChangesTold, NameUsersAndBalancesAndWhereTheLedgerStood) {
    Process &one = this->start(), &two = this->start();
    struct Last final : ChangeListener {
        void changed(const Change& told) override { change = told; }
        void hears(bool) override {}
        void deaf() override {}
        Change change;
    } last;
    two.stop.emit(boost::asio::cancellation_type::all);
    auto feed = this->place_.make(this->loop_);
    boost::asio::cancellation_signal stop;
    bool heard = false;
    boost::asio::co_spawn(this->loop_, feed->run(last),
                          boost::asio::bind_cancellation_slot(stop.slot(), [](auto) {}));
    Change change = balances_of("u1");
    change.balances.clear();
    change.users = {{"u1"}, {"u2"}};
    heard = this->until([&] {
        one.feed->announce(change);
        return last.change == change;
    });
    EXPECT_TRUE(heard);
    stop.emit(boost::asio::cancellation_type::all);
    this->loop_.poll();
}

TYPED_TEST(ChangesTold, AreEverythingWhenTooMuchIsNamed) {
    Process &one = this->start(), &two = this->start();
    Change change = balances_of("u1");
    while (change.balances.size() <= Change::kNamedMost)
        change.balances.push_back(change.balances.front());
    one.feed->announce(change);
    EXPECT_TRUE(this->until([&] { return two.heard.has("all 31337"); }));
    EXPECT_FALSE(two.heard.has("balance u1"));
}

TYPED_TEST(ChangesTold, AreNotToldByNameWhenTheyWereMadeInABreak) {
    Process &one = this->start(), &two = this->start();
    this->place_.end();
    EXPECT_TRUE(this->until([&] { return !two.heard.hears_now() && !one.heard.hears_now(); }));
    one.feed->announce(balances_of("u1"));
    one.feed->announce(balances_of("u2"));
    this->loop_.run_for(Millis(20));
    this->place_.begin();
    EXPECT_TRUE(this->until([&] { return two.heard.hears_now() && one.heard.hears_now(); }));
    EXPECT_TRUE(this->until([&] {
        one.feed->announce(balances_of("u3"));
        return two.heard.has("balance u3");
    }));
    EXPECT_FALSE(two.heard.has("balance u1"));
    EXPECT_FALSE(two.heard.has("balance u2"));
}

TYPED_TEST(ChangesTold, AreHeardAgainAfterEveryBreak) {
    Process &one = this->start(), &two = this->start();
    for (int round = 0; round < 3; ++round) {
        this->place_.end();
        EXPECT_TRUE(this->until([&] { return !two.heard.hears_now() && !one.heard.hears_now(); }));
        this->place_.begin();
        EXPECT_TRUE(this->until([&] { return two.heard.hears_now() && one.heard.hears_now(); }));
        two.heard.said = {"hears"};
        EXPECT_TRUE(this->until([&] {
            one.feed->announce(balances_of("u1"));
            return two.heard.has("balance u1");
        }));
    }
}

class RedisChangesTold : public ChangesTold<OverRedis> {};

TEST_F(RedisChangesTold, AreKnownToBeMissedWhenRedisOnlyStopsToAnswer) {
    Process& one = start();
    EXPECT_TRUE(one.heard.missed_some);
    one.heard.missed_some = false;
    place_.server.pause();
    EXPECT_TRUE(until([&] { return !one.heard.hears_now(); }));
    place_.server.resume();
    EXPECT_TRUE(until([&] { return one.heard.hears_now(); }));
}

TEST_F(RedisChangesTold, AreKnownToBeMissedWhenTheConnectionBroke) {
    Process& one = start();
    one.heard.missed_some = false;
    place_.server.ask("CLIENT KILL TYPE pubsub");
    EXPECT_TRUE(until([&] { return !one.heard.hears_now(); }));
    EXPECT_TRUE(until([&] { return one.heard.hears_now(); }));
    EXPECT_TRUE(one.heard.missed_some);
}

TEST_F(RedisChangesTold, AreEverythingWhenOnlyWhoTellsThemWasCutOff) {
    Process &one = start(), &two = start();
    two.heard.said.clear();
    place_.server.ask("CLIENT KILL TYPE normal SKIPME yes");
    loop_.run_for(Millis(10));
    one.feed->announce(balances_of("u1"));
    one.feed->announce(balances_of("u2"));
    EXPECT_TRUE(until([&] { return two.heard.has("all 31337"); }));
    EXPECT_EQ(two.heard.changes(), std::vector<std::string>{"all 31337"});
}

TEST_F(RedisChangesTold, OfAnotherFormAreEverything) {
    Process& one = start();
    for (const std::string text : {"\"somebody 2 something new\"", "x", "\"\""}) {
        one.heard.said.clear();
        place_.server.ask("PUBLISH changes:0:31337 " + text);
        EXPECT_TRUE(until([&] { return one.heard.has("all 31337"); })) << text;
    }
}

TEST_F(RedisChangesTold, StayWithinTheirDatabase) {
    Process& one = start();
    Process& elsewhere =
        processes_.emplace_back(loop_, place_.make(loop_, place_.server.unix_url() + "?db=3"));
    ASSERT_TRUE(until([&] { return elsewhere.heard.hears_now(); }));
    elsewhere.feed->announce(balances_of("u1"));
    Process& two = start();
    two.feed->announce(balances_of("u2"));
    EXPECT_TRUE(until([&] { return one.heard.has("balance u2"); }));
    EXPECT_FALSE(one.heard.has("balance u1"));
    EXPECT_FALSE(elsewhere.heard.has("balance u2"));
}

TEST_F(RedisChangesTold, AskForTheRightToTheirChannels) {
    const auto start_as = [&](const std::string& user) -> Process& {
        const std::string place = "127.0.0.1:" + std::to_string(place_.server.port());
        const std::string url = std::string("redis://").append(user).append(":pw@").append(place);
        return processes_.emplace_back(loop_, place_.make(loop_, url));
    };
    place_.server.ask("ACL SETUSER bridge on >pw ~balance:* &changes:* +@all");
    place_.server.ask("ACL SETUSER nobody on >pw ~balance:* resetchannels +@all");
    Process &may = start_as("bridge"), &may_not = start_as("nobody");
    EXPECT_TRUE(until([&] { return may.heard.hears_now(); }));
    Process& one = start();
    one.feed->announce(balances_of("u1"));
    EXPECT_TRUE(until([&] { return may.heard.has("balance u1"); }));
    EXPECT_FALSE(may_not.heard.hears_now());
}

}  // namespace
}  // namespace custodialbridge::cache
