#include "rpc_errors.hpp"

#include <gtest/gtest.h>

namespace custodialbridge::rpc {
namespace {

struct Said {
    std::int64_t code;
    const char* message;
    Fault fault;
};

class Wordings : public ::testing::TestWithParam<Said> {};

TEST_P(Wordings, AreUnderstood) {
    const Said& said = GetParam();
    EXPECT_EQ(classify(said.code, said.message), said.fault) << said.message;
}

INSTANTIATE_TEST_SUITE_P(
    Range, Wordings,
    ::testing::Values(
        Said{-32005, "query returned more than 10000 results", Fault::range},
        Said{-32005,
             "query returned more than 10000 results. Try with this block range [0x1, 0x2].",
             Fault::range},
        Said{-32602,
             "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block "
             "range and no limit on the response size, or you can request any block range with a "
             "cap of 10K logs in the response. Based on your parameters and the response size "
             "limit, this block range should work: [0x1, 0x2]",
             Fault::range},
        Said{-32600, "You can make eth_getLogs requests with up to a 500 block range.",
             Fault::range},
        Said{-32614, "eth_getLogs is limited to a 10,000 range", Fault::range},
        Said{-32602, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range",
             Fault::range},
        Said{-32600, "block range is too wide", Fault::range},
        Said{-32000, "exceed maximum block range: 5000", Fault::range},
        Said{-32602, "query exceeds max block range 100000", Fault::range},
        Said{-32602, "query exceeds max results 20000, retry with the range 1-2", Fault::range},
        Said{-32000, "Block range limit exceeded. See more details", Fault::range},
        Said{-32000, "maximum block range: 50000", Fault::range},
        Said{-32000, "Max range: 800", Fault::range},
        Said{-32005, "please limit the query to at most 1000 blocks", Fault::range},
        Said{-32000, "Maximum allowed number of requested blocks is 3500", Fault::range},
        Said{-32000, "exceeds the range allowed for your plan (5000 > 500)", Fault::range},
        Said{-32020, "backend response too large", Fault::range},
        Said{-32005, "Requested range exceeds maximum RPC range limit", Fault::range},
        Said{-32005, "too many logs requested. Max logs per response is 20000.", Fault::range},
        Said{-32000, "logs matched by query exceeds limit of 10000", Fault::range},
        Said{-32003, "response too large", Fault::range},
        Said{-32007, "Response is too big", Fault::range},
        Said{-32000, "query timeout exceeded", Fault::range},
        Said{-32002, "request timed out", Fault::range},
        Said{-32000, "execution aborted (timeout = 5s)", Fault::range},
        Said{-32000, "context deadline exceeded", Fault::range},
        Said{-32000, "requested too many blocks from 1 to 5000, maximum is set to 2048",
             Fault::range},
        Said{-32000, "too many blocks requested", Fault::range},
        Said{-32000, "eth_getLogs is limited to 1024 block range", Fault::range},
        Said{-32602, "range 1000000 exceeds limit of 10000", Fault::range},
        Said{-32602, "invalid params: range 9009594 is bigger than range limit 2000",
             Fault::range},
        Said{35, "ranges over 10000 blocks are not supported on freetier", Fault::range},
        Said{-32000, "query must be smaller than size 1024", Fault::range},
        Said{-32602, "maximum [from, to] blocks distance: 3000", Fault::range},
        Said{-32000, "block range greater than 1000 max", Fault::range},
        Said{-32000, "block range exceeds configured limit", Fault::range},
        Said{-32600, "block range is too wide (maximum 1024)", Fault::range},
        Said{-32000, "eth_getLogs range is too large, max is 10k blocks", Fault::range},
        Said{-32000, "the max allowed range is 500", Fault::range},
        Said{-32000, "range too large", Fault::range},
        Said{-32000, "Block span 20000 of the filter exceeds the limit 10000", Fault::range},
        Said{-32701,
             "Please specify an address in your request or, to remove restrictions, order a "
             "dedicated full node",
             Fault::range},
        Said{-32000, "response size should not greater than 10000000 bytes", Fault::range},
        Said{-32000, "query returned more than 1000 results in 3 blocks", Fault::range}));

INSTANTIATE_TEST_SUITE_P(
    RangeThatIsNoQuestionOfSize, Wordings,
    ::testing::Values(
        Said{-32602, "block range extends beyond current head block", Fault::orphaned},
        Said{-32000, "invalid block range params", Fault::malformed}));

INSTANTIATE_TEST_SUITE_P(
    Rate, Wordings,
    ::testing::Values(
        Said{429,
             "Your app has exceeded its compute units per second capacity. If you have "
             "retries enabled, you can safely ignore this message.",
             Fault::rate},
        Said{-32005, "daily request count exceeded, request rate limited", Fault::rate},
        Said{-32005, "project ID request rate exceeded", Fault::rate},
        Said{-32007, "50/second request limit reached - reduce calls per second", Fault::rate},
        Said{-32003, "daily request limit reached - upgrade your account", Fault::rate},
        Said{-32090, "Too many requests, reason: call rate limit exhausted, retry in 10s",
             Fault::rate},
        Said{-32016, "over rate limit", Fault::rate},
        Said{-32000, "Too Many Requests", Fault::rate}, Said{-32005, "", Fault::rate},
        Said{-32029, "Concurrency exceeded", Fault::rate},
        Said{-32000, "Credits limited", Fault::rate},
        Said{-32000, "the request rate exceeds the limit", Fault::rate},
        Said{-32097, "rps limit exceeded", Fault::rate},
        Said{-32000, "max 25 requests per second on this plan", Fault::rate},
        Said{-32000, "too many concurrent requests", Fault::rate},
        Said{-32001, "You've exceeded the quota usage", Fault::rate},
        Said{-32000, "max usage reached", Fault::rate}));

INSTANTIATE_TEST_SUITE_P(
    Orphaned, Wordings,
    ::testing::Values(Said{-32000, "header not found", Fault::orphaned},
                      Said{-32000, "header for hash not found", Fault::orphaned},
                      Said{-32000, "hash is not currently canonical", Fault::orphaned},
                      Said{-32000, "block not found: hash 0xab", Fault::orphaned},
                      Said{-32000, "unknown block", Fault::orphaned},
                      Said{-32001, "Resource not found", Fault::orphaned},
                      Said{-32001, "0xab could not be found", Fault::orphaned},
                      Said{-32000,
                           "One of the blocks specified in filter (fromBlock, toBlock or "
                           "blockHash) cannot be found: unknown block",
                           Fault::orphaned},
                      Said{-39001, "finalized block not found", Fault::orphaned},
                      Said{-32602, "BlockOutOfRangeError: block height is 3 but requested was 256",
                           Fault::orphaned},
                      Said{-32000, "cannot query unfinalized data", Fault::orphaned}));

INSTANTIATE_TEST_SUITE_P(
    Pruned, Wordings,
    ::testing::Values(
        Said{-32000, "missing trie node 1f8b (path ) state 0x1f8b is not available, not found",
             Fault::pruned},
        Said{-32000, "required historical state unavailable (reexec=128)", Fault::pruned},
        Said{-32000, "historical state 0xab is not available", Fault::pruned},
        Said{-32000, "state not available", Fault::pruned},
        Said{-32603, "state at block #12 is pruned", Fault::pruned},
        Said{-32002, "No state available for block 0xab", Fault::pruned},
        Said{-32000, "World state unavailable", Fault::pruned},
        Said{-32000, "old data not available due to pruning", Fault::pruned},
        Said{4444, "pruned history unavailable", Fault::pruned},
        Said{-32000, "project ID does not have access to archive state", Fault::pruned},
        Said{-32000,
             "Block requested not found. Request might be querying historical state that "
             "is not available.",
             Fault::pruned}));

INSTANTIATE_TEST_SUITE_P(
    Others, Wordings,
    ::testing::Values(
        Said{3, "execution reverted: block not found", Fault::reverted},
        Said{-32000, "execution reverted", Fault::reverted},
        Said{-32015, "VM execution error.", Fault::reverted},
        Said{-32000, "out of gas", Fault::reverted},
        Said{-32003, "EVM error OutOfGas", Fault::reverted},
        Said{-32000, "invalid opcode: INVALID", Fault::reverted},
        Said{-32600, "batch too large", Fault::batch},
        Said{-32000, "batch limit 50 exceeded (can increase by --rpc.batch.limit)", Fault::batch},
        Said{-32014, "maximum number of requests in a batch exceeded", Fault::batch},
        Said{-32602, "Number of requests in batch exceeds --rpc.max-batch-size", Fault::batch},
        Said{-32010, "The batch request was too large", Fault::batch},
        Said{-32005, "Batch size limit exceeded", Fault::batch},
        Said{31, "Batch of more than 3 requests are not allowed on free plan", Fault::batch},
        Said{-32600, "You cannot have more than 50 calls in a batch", Fault::batch},
        Said{-32601, "the method eth_foo does not exist/is not available", Fault::unsupported},
        Said{-32601, "Method not found", Fault::unsupported},
        Said{-32602,
             "invalid argument 1: json: cannot unmarshal object into Go value of type "
             "string",
             Fault::malformed},
        Said{-32602, "hex string without 0x prefix", Fault::malformed},
        Said{-32000, "Unauthorized: You must authenticate your request with an API key",
             Fault::denied},
        Said{-32000, "invalid project id", Fault::denied},
        Said{-32603, "Internal error", Fault::busy},
        Said{-32000, "no backends available", Fault::busy}, Said{0, "", Fault::busy}));

TEST(Faults, BecomeWhatTheCallerShouldDo) {
    EXPECT_EQ(errc_of(Fault::busy), Errc::unavailable);
    EXPECT_EQ(errc_of(Fault::rate), Errc::unavailable);
    EXPECT_EQ(errc_of(Fault::range), Errc::limited);
    EXPECT_EQ(errc_of(Fault::batch), Errc::limited);
    EXPECT_EQ(errc_of(Fault::orphaned), Errc::orphaned);
    EXPECT_EQ(errc_of(Fault::pruned), Errc::unsupported);
    EXPECT_EQ(errc_of(Fault::unsupported), Errc::unsupported);
    EXPECT_EQ(errc_of(Fault::reverted), Errc::refused);
    EXPECT_EQ(errc_of(Fault::malformed), Errc::invalid);
}

TEST(Faults, OfHttpStatuses) {
    EXPECT_EQ(classify_http_status(429), Fault::rate);
    EXPECT_EQ(classify_http_status(401), Fault::denied);
    EXPECT_EQ(classify_http_status(403), Fault::denied);
    EXPECT_EQ(classify_http_status(413), Fault::range);
    EXPECT_EQ(classify_http_status(502), Fault::busy);
    EXPECT_EQ(classify_http_status(503), Fault::busy);
}

TEST(Descriptions, AreShortAndPrintable) {
    EXPECT_EQ(describe_rpc_error(-32000, "a\nb"), "a b (-32000)");
    EXPECT_EQ(describe_rpc_error(0, ""), "error");
    EXPECT_LT(describe_rpc_error(1, std::string(100'000, 'x')).size(), 400u);
}

}  // namespace
}  // namespace custodialbridge::rpc
