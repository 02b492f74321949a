#include "pinned_read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "custodialbridge/core/limits.hpp"
#include "fake_node.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

const Address kMulticall = parse_address("0xca11bde05977b3631167028862be2a173976ca11").value();

Address numbered(std::uint8_t kind, std::uint64_t number) {
    Address made;
    made.bytes[0] = kind;
    for (int i = 0; i < 8; ++i) made.bytes[19 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return made;
}

std::string word_hex(const U256& value) {
    std::array<std::uint8_t, 32> bytes;
    u256_to_be(value, bytes);
    return to_hex(bytes);
}

std::string number_word(std::uint64_t value) {
    return word_hex(U256(value)).substr(2);
}

/// A node with tokens: a holder's balance is the last four bytes of its address times the token's
/// number.
class PinnedReads : public ::testing::Test {
  protected:
    NodeWorld world;
    FakeNode node{world.loop.clock};
    std::unique_ptr<Endpoint> endpoint;
    MulticallSite site{kMulticall};
    bool multicall_deployed = true;
    bool takes_hashes = true;
    std::size_t multicall_max = 10'000;  ///< larger ones fail as a whole
    std::set<Address> broken, empty;     ///< contracts that revert, and that are none
    std::optional<std::string> poison;   ///< a holder whose call breaks the multicall around it
    std::function<void()> before_call;

    PinnedReads() {
        EndpointSettings settings;
        settings.max_batch = 20;
        endpoint = world.endpoint(node, settings);
        node.on["eth_getCode"] = [this](const json& parameters) {
            check_pin(parameters.at(1));
            return json(multicall_deployed ? "0x60" : "0x");
        };
        node.on["eth_getBalance"] = [this](const json& parameters) {
            check_pin(parameters.at(1));
            const auto holder = parse_address(parameters.at(0).get<std::string>()).value();
            return json(to_quantity(holder.bytes[19]));
        };
        node.on["eth_call"] = [this](const json& parameters) {
            if (before_call) before_call();
            check_pin(parameters.at(1));
            const auto to = parse_address(parameters.at(0).at("to").get<std::string>()).value();
            const auto data = *parse_hex(parameters.at(0).at("data").get<std::string>());
            return json(to == kMulticall ? multicall(data) : call(to, data));
        };
    }

    void check_pin(const json& pin) const {
        if (pin.is_string()) {
            if (*parse_quantity(pin.get<std::string>()) > node.head)
                throw RpcFailure{-32000, "header not found"};
            return;
        }
        if (!takes_hashes)
            throw RpcFailure{-32602, "invalid argument 1: json: cannot unmarshal object"};
        EXPECT_EQ(pin.at("requireCanonical"), true);
        for (std::uint64_t number = 0; number <= node.head; ++number)
            if (pin.at("blockHash") == to_string(block_hash(number))) return;
        throw RpcFailure{-32000, "header for hash not found"};
    }

    std::string call(const Address& to, std::span<const std::uint8_t> data) const {
        if (broken.contains(to)) throw RpcFailure{3, "execution reverted"};
        if (empty.contains(to)) return "0x";
        return word_hex(U256(data[35]) * to.bytes[19]);
    }

    /// aggregate3, with the words at their places.
    std::string multicall(std::span<const std::uint8_t> data) const {
        const auto word = [&](std::size_t at) {
            return static_cast<std::size_t>(u256_from_be(data.subspan(4 + at, 32)));
        };
        const std::size_t count = word(32);
        if (count > multicall_max) throw RpcFailure{-32000, "out of gas"};
        std::string offsets, outcomes;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t tuple = 64 + word(64 + 32 * i);
            Address to;
            std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(4 + tuple + 12), 20,
                        to.bytes.begin());
            const std::size_t size = word(tuple + 96);
            const auto inner = data.subspan(4 + tuple + 128, size);
            if (poison && to_hex(inner).find(*poison) != std::string::npos)
                throw RpcFailure{-32000, "invalid opcode: INVALID"};
            std::string result = "0x", success = number_word(1);
            try {
                result = to == kMulticall ? word_hex(U256(inner[35])) : call(to, inner);
            } catch (const RpcFailure&) {
                success = number_word(0);
            }
            offsets += number_word(32 * count + outcomes.size() / 2);
            outcomes +=
                success + number_word(64) + number_word(result.size() / 2 - 1) + result.substr(2);
        }
        return "0x" + number_word(32) + number_word(count) + offsets + outcomes;
    }

    Result<std::vector<BalanceAnswer>> read(std::uint64_t block,
                                            const std::vector<BalanceQuestion>& questions,
                                            const std::string& fork = "main") {
        const BlockRef at{{block}, block_hash(block, fork)};
        PinnedRead reading(*endpoint, site, at, questions, world.by());
        return world.loop.run(reading.run());
    }

    static BalanceQuestion question(std::uint64_t holder, std::uint64_t token) {
        return {numbered(0xaa, holder), token == 0 ? Address{} : numbered(0xcc, token),
                std::nullopt};
    }

    static std::vector<BalanceQuestion> questions(std::size_t count) {
        std::vector<BalanceQuestion> made;
        for (std::size_t i = 0; i < count; ++i) made.push_back(question(i % 200, i % 3));
        return made;
    }

    static void expect_right(const std::vector<BalanceAnswer>& answers) {
        for (std::size_t i = 0; i < answers.size(); ++i) {
            ASSERT_TRUE(answers[i]) << i << " " << answers[i].error().message();
            EXPECT_EQ(*answers[i], U256((i % 200) * (i % 3 == 0 ? 1 : i % 3))) << i;
        }
    }
};

TEST_F(PinnedReads, GoThroughMulticall) {
    const auto answers = read(50, questions(9));
    ASSERT_TRUE(answers) << answers.error().message();
    expect_right(*answers);
    EXPECT_EQ(node.asked("eth_call"), 1u * 2);  // read again: 50 was not known to be older before
    node.methods.clear();
    ASSERT_TRUE(read(51, questions(9)));
    EXPECT_EQ(node.asked("eth_call"), 1u);
    EXPECT_EQ(node.asked("eth_getCode"), 0u);
}

TEST_F(PinnedReads, AreSplitIntoMulticallsOfBoundedSize) {
    ASSERT_TRUE(read(50, questions(1)));
    node.methods.clear();
    const auto answers = read(50, questions(2 * limits::kCallsPerMulticallMax + 1));
    ASSERT_TRUE(answers);
    expect_right(*answers);
    EXPECT_EQ(node.asked("eth_call"), 3u);
}

TEST_F(PinnedReads, DoWithoutMulticallWhereThereIsNone) {
    multicall_deployed = false;
    const auto answers = read(50, questions(45));
    ASSERT_TRUE(answers) << answers.error().message();
    expect_right(*answers);
    node.methods.clear();
    ASSERT_TRUE(read(51, questions(45)));
    EXPECT_EQ(node.asked("eth_call"), 30u);
    EXPECT_EQ(node.asked("eth_getBalance"), 15u);
    EXPECT_EQ(node.asked("eth_getCode"), 0u);
}

TEST_F(PinnedReads, DoWithoutMulticallBeforeItsBlock) {
    ASSERT_TRUE(read(50, questions(3)));
    multicall_deployed = false;
    const auto answers = read(20, questions(9));
    ASSERT_TRUE(answers);
    expect_right(*answers);
    multicall_deployed = true;
    node.methods.clear();
    ASSERT_TRUE(read(60, questions(9)));
    EXPECT_EQ(node.asked("eth_call"), 1u);
}

TEST_F(PinnedReads, FailForOneRevertingContractAlone) {
    broken.insert(numbered(0xcc, 2));
    for (const bool deployed : {true, false}) {
        multicall_deployed = deployed;
        site = MulticallSite(kMulticall);
        const auto answers = read(50, {question(7, 1), question(7, 2), question(7, 0)});
        ASSERT_TRUE(answers) << answers.error().message();
        EXPECT_EQ((*answers)[0].value(), U256(7));
        ASSERT_FALSE((*answers)[1]);
        EXPECT_EQ((*answers)[1].error().code(), Errc::invalid);
        EXPECT_THAT((*answers)[1].error().message(), HasSubstr("revert"));
        EXPECT_EQ((*answers)[2].value(), U256(7));
    }
}

TEST_F(PinnedReads, CallAnEmptyAnswerUnknownAndNeverZero) {
    empty.insert(numbered(0xcc, 2));
    for (const bool deployed : {true, false}) {
        multicall_deployed = deployed;
        site = MulticallSite(kMulticall);
        const auto answers = read(50, {question(7, 2), question(7, 1)});
        ASSERT_TRUE(answers);
        ASSERT_FALSE((*answers)[0]);
        EXPECT_EQ((*answers)[0].error().code(), Errc::invalid);
        EXPECT_EQ((*answers)[1].value(), U256(7));
    }
}

TEST_F(PinnedReads, AreHalvedUntilTheyFit) {
    multicall_max = 13;
    const auto answers = read(50, questions(100));
    ASSERT_TRUE(answers) << answers.error().message();
    expect_right(*answers);
}

TEST_F(PinnedReads, FindTheOneCallThatBreaksAMulticall) {
    poison = to_hex(numbered(0xaa, 33).bytes).substr(2);
    const auto answers = read(50, questions(100));
    ASSERT_TRUE(answers) << answers.error().message();
    expect_right(*answers);  // by itself it is answered
    EXPECT_LT(node.asked("eth_call"), 60u);
}

TEST_F(PinnedReads, NoticeAMulticallThatIsGone) {
    ASSERT_TRUE(read(50, questions(3)));
    node.on["eth_call"] = [this](const json& parameters) {
        const auto to = parse_address(parameters.at(0).at("to").get<std::string>()).value();
        if (to == kMulticall) return json("0x");
        return json(call(to, *parse_hex(parameters.at(0).at("data").get<std::string>())));
    };
    const auto answers = read(51, questions(9));
    ASSERT_TRUE(answers);
    expect_right(*answers);
    EXPECT_EQ(site.stands_at({51}, world.loop.clock.now()), false);
}

TEST_F(PinnedReads, OfAnOrphanedBlockFail) {
    EXPECT_EQ(read(50, questions(3), "other").error().code(), Errc::orphaned);
    ASSERT_TRUE(read(50, questions(3)));
    EXPECT_EQ(read(50, questions(3), "other").error().code(), Errc::orphaned);
    EXPECT_EQ(read(101, questions(3)).error().code(), Errc::orphaned);
}

TEST_F(PinnedReads, GoByNumberWhereHashesAreNotTaken) {
    takes_hashes = false;
    const auto answers = read(50, questions(9));
    ASSERT_TRUE(answers) << answers.error().message();
    expect_right(*answers);
    EXPECT_EQ(endpoint->block_by_hash, Support::no);
    EXPECT_EQ(read(50, questions(3), "other").error().code(), Errc::orphaned);
}

TEST_F(PinnedReads, ByNumberFailWhenTheBlockIsReplacedMeanwhile) {
    takes_hashes = false;
    ASSERT_TRUE(read(50, questions(9)));
    before_call = [this] {
        node.on["eth_getBlockByNumber"] = [](const json& parameters) {
            const std::string which = parameters.at(0);
            return block_json(which == "latest" ? 100 : *parse_quantity(which), "other");
        };
    };
    EXPECT_EQ(read(60, questions(3)).error().code(), Errc::orphaned);
}

TEST_F(PinnedReads, OfPrunedStateAreUnsupported) {
    node.on["eth_call"] = [](const json&) -> json {
        throw RpcFailure{-32000, "missing trie node 12ab (path )"};
    };
    EXPECT_EQ(read(50, questions(3)).error().code(), Errc::unsupported);
}

TEST_F(PinnedReads, OfTheNewestBlockAreTrustedWhenTheHeadStoodStill) {
    ASSERT_TRUE(read(50, questions(3)));
    node.methods.clear();
    ASSERT_TRUE(read(100, questions(3)));
    EXPECT_EQ(node.asked("eth_call"), 1u);
}

TEST_F(PinnedReads, OfTheNewestBlockAreRepeatedWhenTheHeadMoved) {
    ASSERT_TRUE(read(50, questions(3)));
    node.methods.clear();
    bool mixed = true;  // the first read meets the next block's state
    before_call = [&] {
        if (node.head == 100)
            node.head = 101;
        else
            mixed = false;
    };
    const auto plain = node.on["eth_call"];
    node.on["eth_call"] = [&, plain](const json& parameters) {
        const json answer = plain(parameters);
        return mixed ? json("0x" + std::string(64, '1')) : answer;
    };
    const auto answers = read(100, {question(7, 1)});
    ASSERT_TRUE(answers) << answers.error().message();
    EXPECT_EQ((*answers)[0].value(), U256(7));
}

TEST_F(PinnedReads, OfANodeWhoseStateRunsAheadOfItsHeadWaitForItsRoot) {
    const std::string ours = "0x01", next = "0x02";
    bool ahead = true;  // the state has moved, the head has not
    node.on["web3_clientVersion"] = [](const json&) { return json("anvil/v1.7.1"); };
    node.on["eth_getProof"] = [&](const json&) {
        return json{{"balance", "0x0"}, {"accountProof", {ahead ? next : ours, "0x03"}}};
    };
    node.on["eth_getBlockByNumber"] = [&](const json& parameters) {
        const std::string which = parameters.at(0);
        json made = block_json(which == "latest" ? node.head : *parse_quantity(which));
        made["stateRoot"] = to_string(keccak256(*parse_hex(ours)));
        return made;
    };
    const auto plain = node.on["eth_call"];
    node.on["eth_call"] = [&, plain](const json& parameters) {
        const json answer = plain(parameters);
        if (node.asked("eth_call") < 4) return json("0x" + std::string(64, '1'));
        ahead = false;
        return answer;
    };
    site = MulticallSite(Address{});
    const auto answers = read(100, {question(7, 1)});
    ASSERT_TRUE(answers) << answers.error().message();
    EXPECT_EQ((*answers)[0].value(), U256(7));
    EXPECT_EQ(node.asked("eth_call"), 4u);
    ahead = true;
    node.on["eth_call"] = plain;
    EXPECT_EQ(read(100, {question(7, 1)}).error().code(), Errc::unavailable);
    EXPECT_TRUE(read(99, {question(7, 1)}));  // known to be older: no proof is needed
}

TEST_F(PinnedReads, FailWithANodeThatAnswersNoData) {
    node.on["eth_call"] = [](const json&) { return json("<html>"); };
    for (const bool deployed : {true, false}) {
        multicall_deployed = deployed;
        site = MulticallSite(kMulticall);
        const auto answers = read(50, questions(3));
        ASSERT_FALSE(answers);
        EXPECT_EQ(answers.error().code(), Errc::unavailable);
        EXPECT_THAT(answers.error().message(), HasSubstr("bad answer"));
    }
}

TEST_F(PinnedReads, GiveUpOnANodeThatFailsEveryCall) {
    ASSERT_TRUE(read(50, questions(3)));
    node.methods.clear();
    node.on["eth_call"] = [](const json&) -> json { throw RpcFailure{-32603, "internal error"}; };
    EXPECT_EQ(read(50, questions(400)).error().code(), Errc::unavailable);
    EXPECT_LT(node.asked("eth_call"), 100u);
}

TEST_F(PinnedReads, StopWhenTheNodeLimitsTheirRate) {
    ASSERT_TRUE(read(50, questions(3)));
    node.methods.clear();
    node.on["eth_call"] = [](const json&) -> json { throw RpcFailure{429, "too many requests"}; };
    EXPECT_EQ(read(50, questions(400)).error().code(), Errc::unavailable);
    EXPECT_EQ(node.asked("eth_call"), 1u);
}

TEST_F(PinnedReads, OfTokensThatAllRefuseAreEachUnknown) {
    multicall_deployed = false;
    ASSERT_TRUE(read(90, {question(5, 1)}));
    broken = {numbered(0xcc, 1)};
    const auto answers = read(90, {question(5, 1), question(6, 1)});
    ASSERT_TRUE(answers) << answers.error().message();
    for (const BalanceAnswer& answer : *answers) EXPECT_EQ(answer.error().code(), Errc::invalid);
    EXPECT_EQ(endpoint->block_by_hash, Support::yes);
}

TEST_F(PinnedReads, AskByNumberOnceANodeDoesNotTakeHashesAnyMore) {
    for (const bool multicall : {true, false}) {
        takes_hashes = true;
        multicall_deployed = multicall;
        endpoint->block_by_hash = Support::unknown;
        std::vector<BalanceQuestion> questions{{numbered(1, 5), numbered(2, 3), std::nullopt}};
        const BlockRef at{{90}, block_hash(90)};
        const auto read_once = [&] {
            PinnedRead read(*endpoint, site, at, questions, world.by());
            return world.loop.run(read.run());
        };
        ASSERT_EQ(read_once().value()[0].value(), 15);
        takes_hashes = false;
        EXPECT_EQ(read_once().error().code(), Errc::invalid);
        EXPECT_EQ(read_once().value()[0].value(), 15);
    }
}

}  // namespace
}  // namespace custodialbridge::rpc
