#include "endpoint_health.hpp"

#include <gtest/gtest.h>

#include "multicall_site.hpp"
#include "token_bucket.hpp"

namespace custodialbridge::rpc {
namespace {

constexpr Instant kStart{std::chrono::hours(1)};
constexpr double kNoJitter = 0.5;
const Error kDown(Errc::unavailable, "down");

TEST(Health, PausesLongerWithEachFailure) {
    EndpointHealth health;
    Instant now = kStart;
    health.failed(now, kDown, kNoJitter);
    EXPECT_EQ(health.paused_until() - now, EndpointHealth::kPauseFirst);
    now = health.paused_until();
    EXPECT_TRUE(health.usable(now));
    EXPECT_TRUE(health.needs_identity());
    health.failed(now, kDown, kNoJitter);
    EXPECT_EQ(health.paused_until() - now, 2 * EndpointHealth::kPauseFirst);
    for (int i = 0; i < 20; ++i) {
        now = health.paused_until();
        health.failed(now, kDown, kNoJitter);
    }
    EXPECT_EQ(health.paused_until() - now, EndpointHealth::kPauseMax);
}

TEST(Health, ForgetsItsFailuresAfterASuccess) {
    EndpointHealth health;
    health.failed(kStart, kDown, kNoJitter);
    health.failed(kStart, kDown, kNoJitter);
    const Instant now = health.paused_until();
    health.succeeded(now);
    health.failed(now, kDown, kNoJitter);
    EXPECT_EQ(health.paused_until() - now, EndpointHealth::kPauseFirst);
}

TEST(Health, JittersItsPauses) {
    EndpointHealth low, high;
    low.failed(kStart, kDown, 0);
    high.failed(kStart, kDown, 0.999);
    EXPECT_GT(high.paused_until(), low.paused_until());
}

TEST(Health, TakesRetryAfterAtItsWordWithinReason) {
    EndpointHealth health;
    health.rate_limited(kStart, Seconds(7));
    EXPECT_EQ(health.paused_until() - kStart, Seconds(7));
    EXPECT_TRUE(health.needs_identity());
    EndpointHealth patient;
    patient.identified();
    patient.rate_limited(kStart, Seconds(100'000));
    EXPECT_EQ(patient.paused_until() - kStart, EndpointHealth::kRatePauseMax);
    EXPECT_FALSE(patient.needs_identity());
}

TEST(Health, ScoreIsBadAfterManyFailuresAndFades) {
    EndpointHealth health;
    for (int i = 0; i < 5; ++i) health.failed(kStart, kDown, kNoJitter);
    EXPECT_FALSE(health.good(kStart));
    EXPECT_TRUE(health.good(kStart + std::chrono::minutes(2)));
    EXPECT_GT(health.error_rate(kStart), health.error_rate(kStart + Seconds(30)));
    for (int i = 0; i < 10; ++i) health.succeeded(kStart);
    EXPECT_TRUE(health.good(kStart));
}

TEST(Health, KnowsHowOldItsHeadIs) {
    EndpointHealth health;
    EXPECT_EQ(health.head_age(kStart).count(), 0);
    health.head_is(kStart, {5});
    health.head_is(kStart + Seconds(9), {5});
    EXPECT_EQ(health.head_age(kStart + Seconds(10)), Seconds(10));
    health.has_block(kStart + Seconds(10), {4});
    EXPECT_EQ(health.head(), BlockNumber{5});
    health.has_block(kStart + Seconds(10), {6});
    EXPECT_EQ(health.head(), BlockNumber{6});
    EXPECT_EQ(health.head_age(kStart + Seconds(10)).count(), 0);
}

TEST(TokenBucket, AllowsABurstAndThenItsRate) {
    TokenBucket bucket(10);
    EXPECT_EQ(bucket.ready_at(kStart, 10), kStart);
    bucket.take(10);
    const Instant ready = bucket.ready_at(kStart, 5);
    EXPECT_NEAR(std::chrono::duration<double>(ready - kStart).count(), 0.5, 1e-6);
    EXPECT_LE(bucket.ready_at(ready, 5), ready);
}

TEST(TokenBucket, LetsALargeBatchGoIntoDebt) {
    TokenBucket bucket(10);
    ASSERT_EQ(bucket.ready_at(kStart, 50), kStart);
    bucket.take(50);
    const Instant ready = bucket.ready_at(kStart, 1);
    EXPECT_NEAR(std::chrono::duration<double>(ready - kStart).count(), 4.1, 1e-6);
}

TEST(TokenBucket, WithoutARateHoldsNobodyUp) {
    TokenBucket bucket(0);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(bucket.ready_at(kStart, 1000), kStart);
        bucket.take(1000);
    }
}

TEST(TokenBucket, IsHalvedByARefusalAndComesBack) {
    TokenBucket bucket(10);
    bucket.refused(kStart);
    EXPECT_DOUBLE_EQ(bucket.rate(), 5);
    bucket.refused(kStart + Millis(900));
    EXPECT_GE(bucket.rate(), 5) << "of one burst, refusals count once";
    bucket.ready_at(kStart + Seconds(15), 1);
    EXPECT_NEAR(bucket.rate(), 7.5, 0.1);
    bucket.ready_at(kStart + Seconds(60), 1);
    EXPECT_DOUBLE_EQ(bucket.rate(), 10);
}

TEST(TokenBucket, LearnsARateWhereNoneIsConfiguredAndForgetsItAgain) {
    TokenBucket bucket(0);
    Instant now = kStart;
    for (int i = 0; i < 400; ++i, now = now + Millis(10)) {
        ASSERT_EQ(bucket.ready_at(now, 1), now);
        bucket.take(1);
    }
    bucket.refused(now);
    EXPECT_GT(bucket.rate(), 40);
    EXPECT_LT(bucket.rate(), 80);
    EXPECT_GT(bucket.ready_at(now, 10), now);
    bucket.ready_at(now + std::chrono::minutes(10), 1);
    EXPECT_EQ(bucket.rate(), 0);
}

TEST(TokenBucket, IsNotLoweredToNothing) {
    TokenBucket bucket(0), slow(1);
    for (int i = 0; i < 50; ++i) {
        bucket.refused(kStart + Seconds(2 * i));
        slow.refused(kStart + Seconds(2 * i));
    }
    EXPECT_GE(bucket.rate(), TokenBucket::kSlowest);
    EXPECT_LE(slow.rate(), 1.0);
    EXPECT_GT(slow.rate(), 0.9);
}

TEST(MulticallSite, IsNeverUsedWithoutAnAddress) {
    EXPECT_EQ(MulticallSite(Address{}).stands_at({5}, kStart), false);
}

TEST(MulticallSite, StandsFromTheBlockWhereItWasSeen) {
    Address address;
    address.bytes[0] = 1;
    MulticallSite site(address);
    EXPECT_EQ(site.stands_at({5}, kStart), std::nullopt);
    site.found({5}, true, kStart);
    EXPECT_EQ(site.stands_at({5}, kStart), true);
    EXPECT_EQ(site.stands_at({900}, kStart), true);
    EXPECT_EQ(site.stands_at({4}, kStart), std::nullopt);
    site.found({3}, false, kStart);
    EXPECT_EQ(site.stands_at({2}, kStart), false);
    EXPECT_EQ(site.stands_at({5}, kStart), true);
}

TEST(MulticallSite, IsLookedForAgainAfterAWhile) {
    Address address;
    address.bytes[0] = 1;
    MulticallSite site(address);
    site.found({5}, false, kStart);
    EXPECT_EQ(site.stands_at({6}, kStart + Seconds(1)), false);
    EXPECT_EQ(site.stands_at({6}, kStart + MulticallSite::kLookAgainAfter), std::nullopt);
}

}  // namespace
}  // namespace custodialbridge::rpc
