#include <gmock/gmock.h>

#include <mutex>

#include "client_fixture.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/limits.hpp"
#include "fault_server.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

std::string hash_text(std::uint64_t number) {
    Hash32 hash;
    hash.bytes[0] = 7;
    hash.bytes[31] = static_cast<std::uint8_t>(number);
    return to_string(hash);
}

json block(std::uint64_t number) {
    return {{"number", to_quantity(number)},
            {"hash", hash_text(number)},
            {"parentHash", hash_text(number - 1)},
            {"timestamp", "0x1"}};
}

json good_result(const json& call) {
    if (call.at("method") == "eth_chainId") return "0x7a69";
    return block(9);
}

Reply good(const Received& received) {
    return {{http_ok(answer_all(received.body, good_result).dump())}};
}

bool asks_for_chain(const Received& received) {
    return received.body.is_object() && received.body.at("method") == "eth_chainId";
}

/// Says its chain, and then `then` to everything else.
FaultServer::Script after_chain(std::function<Reply(const Received&)> then) {
    return [then](const Received& received) {
        return asks_for_chain(received) ? good(received) : then(received);
    };
}

class Faults : public ClientFixture {
  protected:
    /// The first server misbehaves; the second one must be asked and answer.
    void expect_failover(std::function<Reply(const Received&)> misbehave) {
        FaultServer bad(after_chain(std::move(misbehave))), fine(good);
        use(settings({bad.url(), fine.url()}));
        const auto header = latest(Seconds(4));
        ASSERT_TRUE(header) << header.error().message();
        EXPECT_EQ(header->ref.number.value, 9u);
        EXPECT_GE(bad.requests.load(), 2u);
        EXPECT_EQ(fine.requests.load(), 2u);
        EXPECT_FALSE(client->endpoints()[0].healthy);
    }
};

TEST_F(Faults, AConnectionThatDropsBeforeTheAnswer) {
    expect_failover([](const Received&) { return Reply{.pieces = {}, .close = true}; });
}

TEST_F(Faults, AConnectionThatDropsInsideTheAnswer) {
    expect_failover([](const Received& received) {
        const std::string whole = good(received).pieces[0];
        return Reply{.pieces = {whole.substr(0, whole.size() - 20)}, .close = true};
    });
}

TEST_F(Faults, AServerThatStalls) {
    expect_failover([](const Received&) { return Reply{.pieces = {}, .before = Seconds(60)}; });
}

TEST_F(Faults, AServerThatStallsInsideTheAnswer) {
    expect_failover([](const Received& received) {
        const std::string whole = good(received).pieces[0];
        return Reply{.pieces = {whole.substr(0, 60), ""}, .between = Seconds(60)};
    });
}

TEST_F(Faults, TooManyRequests) {
    expect_failover([](const Received&) {
        return Reply{.pieces = {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\n"
                                "Content-Length: 4\r\n\r\nslow"}};
    });
}

TEST_F(Faults, AGatewaysErrorPage) {
    expect_failover([](const Received&) {
        return Reply{.pieces = {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>"}};
    });
}

TEST_F(Faults, GarbageInsteadOfJson) {
    expect_failover([](const Received&) { return Reply{.pieces = {http_ok("}{ not json")}}; });
}

TEST_F(Faults, GarbageInsteadOfHttp) {
    expect_failover([](const Received&) {
        return Reply{.pieces = {"SSH-2.0-OpenSSH_9.2\r\n\r\n"}, .close = true};
    });
}

TEST_F(Faults, AnAnswerToAnotherQuestion) {
    expect_failover([](const Received&) {
        const json answer{{"jsonrpc", "2.0"}, {"id", 999'999}, {"result", block(9)}};
        return Reply{.pieces = {http_ok(answer.dump())}};
    });
}

TEST_F(Faults, AnEmptyAnswer) {
    expect_failover([](const Received&) { return Reply{.pieces = {http_ok("")}}; });
}

TEST_F(Faults, ANodeThatIsNotThere) {
    std::string nobody;
    {
        FaultServer gone(good);
        nobody = gone.url();
    }
    FaultServer fine(good);
    use(settings({nobody, fine.url()}));
    ASSERT_TRUE(latest());
    use(settings({nobody}));
    const auto header = latest(Millis(900));
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error().code(), Errc::unavailable);
    EXPECT_THAT(header.error().message(), HasSubstr("127.0.0.1:"));
    EXPECT_THAT(header.error().message(), HasSubstr("connect"));
}

TEST_F(Faults, AnswersMayComeInChunksAndSlowly) {
    FaultServer server(after_chain([](const Received& received) {
        const std::string body = answer_all(received.body, good_result).dump();
        Reply reply{
            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, Millis(20), Millis(2)};
        for (std::size_t at = 0; at < body.size(); at += 40) {
            const std::string part = body.substr(at, 40);
            reply.pieces.push_back(to_quantity(part.size()).substr(2) + "\r\n" + part + "\r\n");
        }
        reply.pieces.push_back("0\r\n\r\n");
        return reply;
    }));
    use(settings({server.url()}));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(latest());
    EXPECT_EQ(server.connections.load(), 1u);
}

TEST_F(Faults, AnAnswerThatIsTooLargeIsNotRead) {
    FaultServer server(after_chain([](const Received&) {
        return Reply{.pieces = {"HTTP/1.1 200 OK\r\nContent-Length: " +
                                std::to_string(limits::kRpcAnswerBytesMax + 1) + "\r\n\r\n[["}};
    }));
    use(settings({server.url()}));
    LogFilter filter;
    filter.addresses.push_back(Address{});
    const auto logs = run(client->logs({1}, {2}, filter, by()));
    ASSERT_FALSE(logs);
    EXPECT_EQ(logs.error().code(), Errc::limited);
}

TEST_F(Faults, AnIdleConnectionThatThePeerClosedIsReplacedSilently) {
    FaultServer server([](const Received& received) {
        Reply reply = good(received);
        reply.close = true;  // without having said so
        return reply;
    });
    use(settings({server.url()}));
    for (int i = 0; i < 5; ++i) {
        const auto header = latest();
        ASSERT_TRUE(header) << header.error().message();
    }
    EXPECT_EQ(client->endpoints()[0].error_rate, 0);
    EXPECT_EQ(server.connections.load(), 6u);
}

TEST_F(Faults, ConnectionsAreKeptAndBounded) {
    FaultServer server([](const Received& received) {
        Reply reply = good(received);
        reply.before = Millis(20);
        return reply;
    });
    use(settings({server.url()}));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(latest());
    EXPECT_EQ(server.connections.load(), 1u);
    std::vector<Task<Result<BlockHeader>>> many;
    for (int i = 0; i < 40; ++i) many.push_back(client->header(BlockTag::latest, by()));
    for (const auto& header : run_all(std::move(many))) EXPECT_TRUE(header);
    EXPECT_EQ(server.connections.load(), 8u);
    EXPECT_LE(server.open_at_once.load(), 8u);
}

TEST_F(Faults, ACancelledCallLeavesItsConnectionBehind) {
    FaultServer server(after_chain([](const Received& received) {
        Reply reply = good(received);
        if (received.number == 1) reply.before = Millis(300);
        return reply;
    }));
    use(settings({server.url()}));
    EXPECT_EQ(latest(Millis(100)).error().code(), Errc::timed_out);
    const auto header = latest();
    ASSERT_TRUE(header) << header.error().message();
    EXPECT_EQ(server.connections.load(), 2u);
}

TEST_F(Faults, PathQueryAndCredentialsAreSent) {
    std::mutex mutex;
    std::string head;
    FaultServer server([&](const Received& received) {
        const std::lock_guard lock(mutex);
        head = received.head;
        return good(received);
    });
    use(settings({"http://user:p%40ss@127.0.0.1:" + server.port() + "/v2/key?x=1"}));
    ASSERT_TRUE(latest());
    const std::lock_guard lock(mutex);
    EXPECT_THAT(head, HasSubstr("POST /v2/key?x=1 HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Host: 127.0.0.1:" + server.port() + "\r\n"));
    EXPECT_THAT(head, HasSubstr("Authorization: Basic dXNlcjpwQHNz\r\n"));
    EXPECT_EQ(client->endpoints()[0].name, "127.0.0.1:" + server.port());
}

/// Logs of blocks 1 to 8 as a JSON array.
std::string many_logs(std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t number = 1 + 8 * i / count;
        const json log{{"address", "0x" + std::string(40, '1')},
                       {"topics", {hash_text(1), hash_text(2), hash_text(3)}},
                       {"data", "0x" + std::string(64, '0')},
                       {"blockNumber", to_quantity(number)},
                       {"blockHash", hash_text(number)},
                       {"transactionHash", hash_text(i % 250)},
                       {"transactionIndex", to_quantity(i)},
                       {"logIndex", to_quantity(i)},
                       {"removed", false}};
        text += (i > 0 ? "," : "") + log.dump();
    }
    return text + "]";
}

TEST_F(Faults, ManyLogsArriveWhole) {
    constexpr std::size_t kLogs = 20'000;
    const std::string logs_text = many_logs(kLogs);
    FaultServer server(after_chain([&](const Received& received) {
        const std::string logs_id = received.body.at(0).at("id").dump();
        const std::string last = result_of(received.body.at(1), block(9)).dump();
        return Reply{
            {http_ok("[{\"id\":" + logs_id + ",\"result\":" + logs_text + "}," + last + "]")}};
    }));
    LogFilter filter;
    filter.addresses.push_back(parse_address("0x" + std::string(40, '1')).value());
    runtime::BlockingPool pool("parse", 2, 8);
    for (runtime::BlockingPool* parse_pool :
         {static_cast<runtime::BlockingPool*>(nullptr), &pool}) {
        use(settings({server.url()}), parse_pool);
        std::vector<Task<Result<LogBatch>>> ranges;
        for (int i = 0; i < 3; ++i) ranges.push_back(client->logs({1}, {9}, filter, by()));
        for (const auto& logs : run_all(std::move(ranges))) {
            ASSERT_TRUE(logs) << logs.error().message();
            ASSERT_EQ(logs->logs.size(), kLogs);
            EXPECT_EQ(logs->logs.back().log_index, kLogs - 1);
            EXPECT_EQ(logs->logs.back().block.number.value, 8u);
            EXPECT_EQ(logs->data.size(), kLogs * 32);
        }
    }
}

TEST_F(Faults, AreToldApartByTheProbe) {
    FaultServer fine(good), wrong([](const Received&received) {
        return Reply{{http_ok(result_of(received.body, "0x1").dump())}};
    });
    Settings all = settings({fine.url(), wrong.url(), "http://127.0.0.1:1"});
    const auto probes = run(probe_endpoints(all, loop.get_executor(), clock, by()));
    ASSERT_EQ(probes.size(), 3u);
    ASSERT_TRUE(probes[0].head);
    EXPECT_EQ(probes[0].head->ref.number.value, 9u);
    ASSERT_FALSE(probes[1].head);
    EXPECT_THAT(probes[1].head.error().message(), HasSubstr("is on chain 1, not on 31337"));
    EXPECT_EQ(probes[2].endpoint, "127.0.0.1:1");
    EXPECT_FALSE(probes[2].head);
}

}  // namespace
}  // namespace custodialbridge::rpc
