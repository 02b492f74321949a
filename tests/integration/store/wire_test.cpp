#include <gtest/gtest.h>

#include <random>

#include "connection.hpp"
#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

class Wire : public ::testing::Test {
  protected:
    Deadline soon() { return Deadline::after(clock_, Millis(20'000)); }
    Rows run(const Statement& statement, const Params& params) {
        return session_->run(statement, params, soon()).value();
    }

    runtime::SystemClock clock_;
    Settings settings_{testing::PostgresServer::shared().url(), 1, Millis(5'000)};
    std::unique_ptr<Connection> session_ = Connection::open(settings_, clock_, soon()).value();
};

TEST_F(Wire, AmountsAreTheServersNumbersBothWays) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<SignedAmount> amounts{{0, false}, {~U256(0), false}, {~U256(0), true}};
    for (unsigned bits = 1; bits <= 256; ++bits) {
        for (int i = 0; i < 20; ++i) {
            U256 value = 0;
            for (int limb = 0; limb < 4; ++limb) value = (value << 64) | random();
            value >>= 256 - bits;
            if (random() % 3 == 0) value -= value % U256(1'000'000'000'000);
            amounts.push_back(difference(random() % 2 == 0 ? value : U256(0), value / 2));
        }
    }
    constexpr Statement kEcho{"echo", "SELECT n, n::text, n + 0 FROM unnest($1::numeric[]) AS n"};
    Params params;
    params.add_array(amounts, [](const SignedAmount& amount) { return amount; });
    const Rows rows = run(kEcho, params);
    ASSERT_EQ(rows.count(), amounts.size());
    for (std::size_t i = 0; i < amounts.size(); ++i) {
        ASSERT_EQ(rows.signed_amount(i, 0), amounts[i]);
        ASSERT_EQ(rows.text(i, 1), to_string(amounts[i]));
        ASSERT_EQ(rows.signed_amount(i, 2), amounts[i]);
    }
}

TEST_F(Wire, EveryTypeArrivesAsItLeft) {
    const Hash32 hash = keccak256(std::string_view("x"));
    const Address address = address_of(77);
    const Time time{Micros(1'700'000'000'123'456)};
    constexpr Statement kEcho{
        "types",
        "SELECT $1::int8, $2::int4, $3::int2, $4::bool, $5::text, $6::bytea, $7::bytea,"
        " $8::timestamptz, $9::numeric, $10::int8, $8::timestamptz AT TIME ZONE 'UTC' ="
        " '2023-11-14 22:13:20.123456'"};
    const Rows rows = run(kEcho, params(std::int64_t{-5}, std::int32_t{-6}, std::int16_t{-7}, true,
                                        std::string_view("häh"), hash, address, time, ~U256(0),
                                        std::optional<std::int64_t>()));
    EXPECT_EQ(rows.int64(0, 0), -5);
    EXPECT_EQ(rows.int32(0, 1), -6);
    EXPECT_EQ(rows.number<std::int16_t>(0, 2), -7);
    EXPECT_TRUE(rows.truth(0, 3));
    EXPECT_EQ(rows.text(0, 4), "häh");
    EXPECT_EQ(rows.hash(0, 5), hash);
    EXPECT_EQ(rows.address(0, 6), address);
    EXPECT_EQ(rows.time(0, 7), time);
    EXPECT_EQ(rows.amount(0, 8), ~U256(0));
    EXPECT_TRUE(rows.is_null(0, 9));
    EXPECT_EQ(rows.optional_id<WalletId>(0, 9), std::nullopt);
    EXPECT_TRUE(rows.truth(0, 10));
}

TEST_F(Wire, AnErrorLeavesTheSessionUsable) {
    constexpr Statement kFails{"fails", "SELECT 1 / $1::int4"};
    const auto failed = session_->run(kFails, params(std::int32_t{0}), soon());
    ASSERT_FALSE(failed);
    EXPECT_EQ(session_->sqlstate(), "22012");
    EXPECT_TRUE(session_->idle());
    EXPECT_EQ(run(kFails, params(std::int32_t{1})).int32(0, 0), 1);
    EXPECT_TRUE(session_->sqlstate().empty());
}

TEST_F(Wire, APipelineEndsAtItsFirstErrorAndIsOneTransaction) {
    ASSERT_TRUE(session_->execute("CREATE TEMP TABLE seen (i int4)", soon()));
    constexpr Statement kInsert{"insert", "INSERT INTO seen SELECT 6 / $1::int4"};
    std::vector<Command> commands;
    for (const std::int32_t i : {1, 0, 2}) commands.push_back({&kInsert, params(i)});
    ASSERT_FALSE(session_->pipeline(commands, soon()));
    EXPECT_EQ(session_->sqlstate(), "22012");
    constexpr Statement kCount{"count", "SELECT count(*) FROM seen"};
    EXPECT_EQ(run(kCount, Params()).int64(0, 0), 0);
    commands.erase(commands.begin() + 1);
    EXPECT_EQ(session_->pipeline(commands, soon()).value().size(), 2u);
    EXPECT_EQ(run(kCount, Params()).int64(0, 0), 2);
}

TEST_F(Wire, AMissedDeadlineEndsTheSession) {
    const auto late = session_->execute("SELECT pg_sleep(30)", Deadline::after(clock_, Millis(50)));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), Errc::timed_out);
    EXPECT_FALSE(session_->open());
    EXPECT_EQ(session_->execute("SELECT 1", soon()).error().code(), Errc::unavailable);
}

TEST_F(Wire, ALargePipelineDoesNotWaitForItself) {
    constexpr Statement kEcho{"large", "SELECT $1::text"};
    const std::string large(300'000, 'x');  // more than the socket holds, both ways
    std::vector<Command> commands;
    for (int i = 0; i < 40; ++i) commands.push_back({&kEcho, params(std::string_view(large))});
    const auto answers = session_->pipeline(commands, soon());
    ASSERT_TRUE(answers) << answers.error().message();
    EXPECT_EQ(answers->back().text(0, 0), large);
}

TEST_F(Wire, AServerThatEndsTheSessionIsUnavailable) {
    testing::PostgresServer::shared().sql("postgres",
                                          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                          " WHERE application_name = 'custodialbridge'");
    while (session_->still_there()) continue;
    const auto ended = session_->execute("SELECT 1", soon());
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), Errc::unavailable);
    EXPECT_FALSE(session_->open());
}

}  // namespace
}  // namespace custodialbridge::store
