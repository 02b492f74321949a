#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>
#include <random>
#include <vector>

#include "connection.hpp"
#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

class Failing : public OnPostgres {
  protected:
    std::unique_ptr<Connection> another_session() {
        return Connection::open(postgres_.settings(), clock_, store_.soon()).value();
    }

    runtime::SystemClock clock_;
};

/// Two wallets that send each other much, so that every stage of the commit takes its time.
PlanBuilder long_plan(Cursor at, WalletId a, WalletId b) {
    PlanBuilder plan(kChain, at);
    for (std::uint64_t i = 1; i <= 20; ++i) {
        plan.block(at.block.number.value + i, std::to_string(at.epoch));
        for (int j = 0; j < 200; ++j) plan.transfer(a, b, kCpop, 2).transfer(b, a, kCpop, 1);
    }
    return plan;
}

TEST_F(Failing, KilledAnywhereACommitIsBeforeOrAfter) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000'000'000);
    const WalletId b = store_.put_open(start, "bob", 2, 0);
    auto killer = another_session();
    const Instant began = clock_.now();
    Cursor at = store_.commit(long_plan(start, a, b)).value().cursor;
    const double whole = std::chrono::duration<double>(clock_.now() - began).count();
    constexpr int kKills = 50;
    int failed = 0, before = 0;
    U256 sent = 4'000;
    for (int i = 0; i < kKills; ++i) {
        auto commit =
            std::async(std::launch::async, [&] { return store_.commit(long_plan(at, a, b)); });
        const std::string kill = "SELECT pg_sleep(" + std::to_string(whole * 1.2 * i / kKills) +
                                 "); SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                                 " WHERE datname = current_database() AND pid <> pg_backend_pid()";
        ASSERT_TRUE(killer->execute(kill, store_.soon()));
        const auto done = commit.get();
        if (!done) {
            ++failed;
            EXPECT_TRUE(done.error().retryable()) << done.error().message();
        }
        const Cursor now = store_.cursor();
        if (now == at) {
            ++before;
            EXPECT_FALSE(done);
        } else {
            EXPECT_EQ(now.block, block_ref(at.block.number.value + 20, "0"));
            sent += 4'000;
            at = now;
        }
        ASSERT_EQ(store_.amount("alice"), U256(1'000'000'000) - sent);
        ASSERT_EQ(store_.journal_sum(a), to_string(U256(1'000'000'000) - sent));
        ASSERT_EQ(store_.journal_sum(b), to_string(sent));
    }
    EXPECT_GT(failed, 0);
    EXPECT_GT(before, 0);
}

TEST_F(Failing, ACallThatWaitsEndsWithTheProcessBeforeItsOwnDeadline) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000);
    auto other = another_session();
    ASSERT_TRUE(other->execute("BEGIN; SELECT 1 FROM chains FOR UPDATE", store_.soon()));
    auto commit = std::async(std::launch::async, [&] {
        PlanBuilder plan(kChain, start);
        plan.block(101, "0").transfer(a, a, kCpop, 1);
        const Deadline late = Deadline::after(clock_, Millis(60'000));
        return await(store_.committer().commit(plan.build(), {}, late));
    });
    std::this_thread::sleep_for(Millis(50));
    const Instant told = clock_.now();
    postgres_.ports().end_by(Deadline::after(clock_, Millis(300)));
    EXPECT_EQ(failure(commit.get()), Errc::timed_out);
    EXPECT_LT(clock_.now() - told, std::chrono::seconds(20));
    EXPECT_TRUE(other->execute("ROLLBACK", store_.soon()));
    EXPECT_FALSE(await(postgres_.ports().ping(store_.soon()))) << "nothing is begun after it";
}

TEST_F(Failing, OnePlanIsCommittedByOneOfMany) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 1'000'000);
    const WalletId b = store_.put_open(start, "bob", 2, 0);
    std::vector<std::future<Result<Committed>>> all;
    for (int i = 0; i < 4; ++i)
        all.push_back(
            std::async(std::launch::async, [&] { return store_.commit(long_plan(start, a, b)); }));
    int committed = 0, conflicts = 0;
    for (auto& one : all) {
        const auto done = one.get();
        committed += done.has_value();
        conflicts += failure(done) == Errc::conflict;
    }
    EXPECT_EQ(committed, 1);
    EXPECT_EQ(conflicts, 3);
    EXPECT_EQ(store_.amount("bob"), U256(4'000));
}

TEST_F(Failing, ACommitThatMissesItsDeadlineChangesNothingLater) {
    const Cursor start = store_.begin_at(100);
    const WalletId a = store_.put_open(start, "alice", 1, 10);
    auto blocker = another_session();
    ASSERT_TRUE(blocker->execute("BEGIN; SELECT 1 FROM chains FOR UPDATE", store_.soon()));
    const auto plan = PlanBuilder(kChain, start).block(101).transfer(a, kOutside, kCpop, 1);
    const auto late =
        await(store_.committer().commit(plan.build(), Totals::wanted, store_.soon(Millis(100))));
    EXPECT_EQ(failure(late), Errc::timed_out);
    ASSERT_TRUE(blocker->execute("COMMIT", store_.soon()));
    EXPECT_EQ(store_.cursor(), start);
    EXPECT_EQ(store_.amount("alice"), U256(10));
    EXPECT_TRUE(store_.commit(plan));
}

/// The read waits for a lock when its session is ended.
TEST_F(Failing, AReadWhoseSessionIsLostIsDoneOnceMore) {
    const Cursor start = store_.begin_at(100);
    store_.put_open(start, "alice", 1, 10);
    auto blocker = another_session();
    ASSERT_TRUE(blocker->execute("BEGIN; LOCK TABLE balances IN ACCESS EXCLUSIVE MODE",
                                 store_.soon()));
    auto amount = std::async(std::launch::async, [&] { return store_.amount("alice"); });
    auto killer = another_session();
    const std::string waiting =
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'";
    std::size_t killed = 0;
    for (int i = 0; i < 500 && killed == 0; ++i) {
        killed = killer->execute(waiting, store_.soon()).value().front().count();
        if (killed == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(killed, 1u);
    ASSERT_TRUE(blocker->execute("COMMIT", store_.soon()));
    EXPECT_EQ(amount.get(), U256(10));
}

TEST_F(Failing, WithoutAFreeConnectionInTimeACallIsUnavailable) {
    store_.begin_at(100);
    Settings one = postgres_.settings();
    one.pool_size = 1;
    runtime::BlockingPool threads("database", 2, 8);
    const auto narrow = make_postgres(one, threads, clock_);
    auto blocker = another_session();
    ASSERT_TRUE(blocker->execute("BEGIN; LOCK TABLE chains", store_.soon()));
    auto waiting = std::async(std::launch::async, [&] {
        return await(narrow->chains().load(kChain, store_.soon(Millis(2'000))));
    });
    while (postgres_.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") continue;
    EXPECT_EQ(failure(await(narrow->ping(store_.soon(Millis(50))))), Errc::unavailable);
    ASSERT_TRUE(blocker->execute("COMMIT", store_.soon()));
    EXPECT_TRUE(waiting.get());
    EXPECT_TRUE(await(narrow->ping(store_.soon())));
}

TEST(StoppedServer, IsUnavailableAndThenWorksAgain) {
    testing::PostgresServer server;
    runtime::SystemClock clock;
    const Settings settings{server.url(), 4, Millis(5'000)};
    ASSERT_TRUE(migrate(settings, clock, Deadline::after(clock, Millis(20'000))));
    PostgresStore postgres(server.url());
    StoreHandle store(postgres);
    const Cursor start = store.begin_at(100);
    const WalletId a = store.put_open(start, "alice", 1, 10);
    const auto plan = PlanBuilder(kChain, start).block(101).transfer(a, kOutside, kCpop, 1);
    for (int round = 0; round < 2; ++round) {
        server.stop();
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(failure(await(postgres.ports().ping(store.soon()))), Errc::unavailable);
            EXPECT_EQ(failure(store.commit(plan)), Errc::unavailable);
        }
        server.start();
        ASSERT_TRUE(await(postgres.ports().ping(store.soon())));
        EXPECT_EQ(store.cursor(), start);
    }
    EXPECT_TRUE(store.commit(plan));
    EXPECT_EQ(store.amount("alice"), U256(9));
}

/// Never answers. With `knocks` its queue of connections is full: who comes is not even refused.
class SilentHost {
  public:
    explicit SilentHost(std::size_t knocks = 0) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        ::bind(socket_, reinterpret_cast<sockaddr*>(&at), size);
        ::listen(socket_, knocks == 0 ? 8 : 0);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
        port_ = ntohs(at.sin_port);
        for (std::size_t i = 0; i < knocks; ++i) {
            waiting_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            (void)::connect(waiting_.back(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
        }
    }
    ~SilentHost() {
        for (const int one : waiting_) ::close(one);
        ::close(socket_);
    }
    std::string port() const { return std::to_string(port_); }

  private:
    int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::vector<int> waiting_;
    std::uint16_t port_ = 0;
};

class SeveralHosts : public ::testing::Test {
  protected:
    Result<void> ping(const std::string& hosts, const std::string& ports) {
        PostgresStore store("host=" + hosts + " port=" + ports + " user=cb dbname=postgres",
                            Millis(1'000));
        return await(store.ports().ping(Deadline::after(store.clock(), Millis(20'000))));
    }
    const std::string good_ = testing::PostgresServer::shared().socket_folder();
};

TEST_F(SeveralHosts, ADeadFirstHostIsPassedOver) {
    EXPECT_TRUE(ping("/nonexistent," + good_, "5432"));
    EXPECT_TRUE(ping("127.0.0.1," + good_, "1,5432"));
    EXPECT_TRUE(ping(good_ + ",127.0.0.1", "5432,1"));
}

TEST_F(SeveralHosts, ASilentFirstHostTakesOnlyItsShareOfTheTime) {
    const SilentHost silent;
    EXPECT_TRUE(ping("127.0.0.1," + good_, silent.port() + ",5432"));
}

TEST_F(SeveralHosts, AFirstHostThatIsNotReachedTakesOnlyItsShareOfTheTime) {
    const SilentHost full(4);
    EXPECT_TRUE(ping("127.0.0.1," + good_, full.port() + ",5432"));
}

TEST_F(SeveralHosts, WithAllOfThemAwayItIsUnavailable) {
    const SilentHost silent;
    EXPECT_EQ(failure(ping("127.0.0.1,/nonexistent", silent.port() + ",5432")), Errc::unavailable);
}

}  // namespace
}  // namespace custodialbridge::store
