#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

using ::testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;
using Topics = std::vector<Hash32>;

const U256 kMax = std::numeric_limits<U256>::max();

LogBatch one_log(const Topics& topics, const Bytes& data) {
    MadeLogs logs;
    logs.raw(kGame, topics, data);
    return logs.batch;
}

struct Elements {
    Decoded decoded;
    std::vector<TokenEvent> events;
};

Elements decode_1155(const Topics& topics, const Bytes& data) {
    const LogBatch batch = one_log(topics, data);
    Elements read{};
    read.decoded = decode_erc1155(batch.logs[0], batch.data, read.events);
    return read;
}

const Topics kBatchTopics{transfer_batch_topic(), to_word(kCarol), to_word(kAlice), to_word(kBob)};
const Topics kSingleTopics{transfer_single_topic(), to_word(kCarol), to_word(kAlice),
                           to_word(kBob)};

TEST(DecodeNftTopics, AreThoseOfTheStandards) {
    EXPECT_EQ(to_string(transfer_single_topic()),
              "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
    EXPECT_EQ(to_string(transfer_batch_topic()),
              "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb");
    EXPECT_EQ(to_string(user_operation_topic()),
              "0x49628fd1471006c1482da88028e9ce4dbb080b815c9b0344d39e5a8e6ec1419f");
    EXPECT_EQ(to_string(account_deployed_topic()),
              "0xd51a9c61267aa6196961883ecf5ff2da6619c37dac0fa92122513fb32c032d2d");
}

TEST(DecodeErc721, ReadsATransferHoweverManyParametersAreIndexed) {
    const Topics words{to_word(kAlice), to_word(kBob), uint_word(kMax)};
    for (std::size_t indexed = 0; indexed <= 3; ++indexed) {
        const auto middle = words.begin() + static_cast<std::ptrdiff_t>(indexed);
        Topics topics{transfer_topic()};
        topics.insert(topics.end(), words.begin(), middle);
        const LogBatch batch = one_log(topics, joined({middle, words.end()}));
        TokenEvent event;
        EXPECT_EQ(decode_erc721(batch.logs[0], batch.data, event), Decoded::event) << indexed;
        EXPECT_EQ(event.from, kAlice);
        EXPECT_EQ(event.to, kBob);
        EXPECT_EQ(event.amount, 1);
        EXPECT_EQ(event.nft_id, kMax);
    }
}

TEST(DecodeErc721, PassesOverOtherEventsAndRefusesOtherShapes) {
    TokenEvent event;
    const LogBatch mint = one_log({mint_topic(), to_word(kAlice)}, Bytes(32));
    EXPECT_EQ(decode_erc721(mint.logs[0], mint.data, event), Decoded::not_ours);
    const LogBatch empty = one_log({}, {});
    EXPECT_EQ(decode_erc721(empty.logs[0], empty.data, event), Decoded::not_ours);
    const LogBatch cut = one_log({transfer_topic(), to_word(kAlice), to_word(kBob)}, Bytes(31));
    EXPECT_EQ(decode_erc721(cut.logs[0], cut.data, event), Decoded::malformed);
}

TEST(DecodeErc1155, ReadsATransferOfOneId) {
    const Elements read = decode_1155(kSingleTopics, joined({uint_word(7), uint_word(kMax)}));
    EXPECT_EQ(read.decoded, Decoded::event);
    ASSERT_EQ(read.events.size(), 1u);
    EXPECT_EQ(read.events[0].type, EventType::transfer_single);
    EXPECT_EQ(read.events[0].from, kAlice);
    EXPECT_EQ(read.events[0].to, kBob);
    EXPECT_EQ(read.events[0].nft_id, U256(7));
    EXPECT_EQ(read.events[0].amount, kMax);
}

TEST(DecodeErc1155, ReadsEachElementOfABatchAlsoTheSameIdTwice) {
    const Elements read = decode_1155(kBatchTopics, batch_data({7, 9, 7}, {1, 0, 5}));
    EXPECT_EQ(read.decoded, Decoded::event);
    ASSERT_EQ(read.events.size(), 3u);
    EXPECT_EQ(read.events[2].type, EventType::transfer_batch);
    EXPECT_EQ(read.events[2].nft_id, U256(7));
    EXPECT_EQ(read.events[2].amount, 5);
    EXPECT_EQ(read.events[1].amount, 0);
}

TEST(DecodeErc1155, ReadsAnEmptyBatch) {
    const Elements read = decode_1155(kBatchTopics, batch_data({}, {}));
    EXPECT_EQ(read.decoded, Decoded::event);
    EXPECT_THAT(read.events, IsEmpty());
}

TEST(DecodeErc1155, RefusesListsThatDoNotFitAndAppendsNothing) {
    const Bytes good = batch_data({1, 2}, {3, 4});
    std::vector<Bytes> bad{batch_data({1, 2}, {3}), {}, Bytes(63),
                           Bytes(good.begin(), good.end() - 1)};
    const auto with_word = [&](std::size_t at, const U256& value) {
        Bytes changed = good;
        const Hash32 word = uint_word(value);
        std::copy(word.bytes.begin(), word.bytes.end(),
                  changed.begin() + static_cast<std::ptrdiff_t>(at));
        bad.push_back(std::move(changed));
    };
    with_word(0, kMax);         // an offset beyond everything
    with_word(0, good.size());  // right behind the end
    with_word(64, kMax);        // a length beyond everything
    with_word(64, 3);           // another length than the other list's
    with_word(160, 3);
    for (const Bytes& data : bad) {
        const Elements read = decode_1155(kBatchTopics, data);
        EXPECT_EQ(read.decoded, Decoded::malformed) << data.size();
        EXPECT_THAT(read.events, IsEmpty());
    }
}

TEST(DecodeErc1155, RefusesSidesThatAreNotIndexed) {
    EXPECT_EQ(decode_1155({transfer_single_topic(), to_word(kCarol), to_word(kAlice)},
                          joined({to_word(kBob), uint_word(1), uint_word(1)}))
                  .decoded,
              Decoded::malformed);
    EXPECT_EQ(decode_1155(kSingleTopics, Bytes(96)).decoded, Decoded::malformed);
    EXPECT_EQ(decode_1155({transfer_topic()}, {}).decoded, Decoded::not_ours);
    EXPECT_EQ(decode_1155({}, {}).decoded, Decoded::not_ours);
}

TEST(DecodeUserOperation, ReadsWhoItWasForAndWhatItCost) {
    const Hash32 hash = keccak256("an operation");
    const LogBatch batch =
        one_log({user_operation_topic(), hash, to_word(kAlice), to_word(kZero)},
                joined({uint_word(5), uint_word(1), uint_word(21'000), uint_word(7)}));
    UserOperation operation;
    EXPECT_EQ(decode_user_operation(batch.logs[0], batch.data, operation), Decoded::event);
    EXPECT_EQ(operation.hash, hash);
    EXPECT_EQ(operation.sender, kAlice);
    EXPECT_EQ(operation.nonce, 5);
    EXPECT_TRUE(operation.success);
    EXPECT_EQ(operation.actual_gas_cost, 21'000);
}

TEST(DecodeUserOperation, RefusesOtherShapes) {
    UserOperation operation;
    const Topics topics{user_operation_topic(), Hash32{}, to_word(kAlice), to_word(kZero)};
    for (const Bytes& data :
         {Bytes(96), Bytes(160),
          joined({uint_word(5), uint_word(2), uint_word(21'000), uint_word(7)})}) {
        const LogBatch batch = one_log(topics, data);
        EXPECT_EQ(decode_user_operation(batch.logs[0], batch.data, operation), Decoded::malformed);
    }
    const LogBatch other = one_log({transfer_topic()}, {});
    EXPECT_EQ(decode_user_operation(other.logs[0], other.data, operation), Decoded::not_ours);
}

TEST(DecodeAccountDeployed, NamesTheAccount) {
    Address account;
    const LogBatch batch = one_log({account_deployed_topic(), Hash32{}, to_word(kAlice)},
                                   joined({to_word(kBob), to_word(kZero)}));
    EXPECT_EQ(decode_account_deployed(batch.logs[0], account), Decoded::event);
    EXPECT_EQ(account, kAlice);
    const LogBatch bare = one_log({account_deployed_topic()}, {});
    EXPECT_EQ(decode_account_deployed(bare.logs[0], account), Decoded::malformed);
}

}  // namespace
}  // namespace custodialbridge::rules
