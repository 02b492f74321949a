#include "custodialbridge/rpc/replaceable.hpp"

#include <utility>

#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::rpc {
namespace {

using Kept = std::shared_ptr<RpcClient>;

constexpr std::chrono::hours kLong{24};

}  // namespace

// Each coroutine keeps the client that it asks.

Task<Result<BlockHeader>> ReplaceableClient::header(BlockTag tag, Deadline by) {
    const Kept asked = client_;
    co_return co_await asked->header(tag, by);
}

Task<Result<std::vector<BlockHeader>>> ReplaceableClient::headers(BlockNumber first,
                                                                  std::uint32_t count,
                                                                  Deadline by) {
    const Kept asked = client_;
    co_return co_await asked->headers(first, count, by);
}

Task<Result<std::vector<BlockHeader>>> ReplaceableClient::headers_of(
    std::vector<BlockNumber> blocks, Deadline by) {
    const Kept asked = client_;
    co_return co_await asked->headers_of(std::move(blocks), by);
}

Task<Result<std::vector<BlockFacts>>> ReplaceableClient::facts(std::vector<Hash32> blocks,
                                                               LogFilter filter, Deadline by,
                                                               Plausible plausible) {
    const Kept asked = client_;
    co_return co_await asked->facts(std::move(blocks), std::move(filter), by, std::move(plausible));
}

Task<Result<LogBatch>> ReplaceableClient::logs(BlockNumber first, BlockNumber last,
                                               LogFilter filter, Deadline by) {
    const Kept asked = client_;
    co_return co_await asked->logs(first, last, std::move(filter), by);
}

Task<Result<std::vector<BlockHeader>>> ReplaceableClient::headers_of_logs(
    BlockNumber first, BlockNumber last, LogFilter filter, WantedBlocks wanted, Deadline by) {
    const Kept asked = client_;
    co_return co_await asked->headers_of_logs(first, last, std::move(filter), std::move(wanted),
                                              by);
}

Task<Result<std::vector<BalanceAnswer>>> ReplaceableClient::balances(
    BlockRef at, std::vector<BalanceQuestion> questions, Deadline by) {
    const Kept asked = client_;
    co_return co_await asked->balances(at, std::move(questions), by);
}

ReplaceableFeed::ReplaceableFeed(std::unique_ptr<HeadFeed> first, runtime::Executor executor,
                                 runtime::Clock& clock)
    : feed_(std::move(first)), clock_(clock), replaced_(std::move(executor)) {}

void ReplaceableFeed::replace(std::unique_ptr<HeadFeed> next) {
    feed_ = std::move(next);
    replaced_.notify();
}

runtime::Task<void> ReplaceableFeed::run(std::function<void()> on_head) {
    for (;;) {
        const std::shared_ptr<HeadFeed> followed = feed_;
        std::vector<runtime::Task<void>> parts;
        parts.push_back(followed->run(on_head));
        parts.push_back(until_replaced());
        co_await runtime::run_together(std::move(parts));
        on_head();  // one may have been missed
    }
}

runtime::Task<void> ReplaceableFeed::until_replaced() {
    for (;;) {
        const Instant until = clock_.now() + kLong;
        const bool replaced = co_await replaced_.wait_until(clock_, until);
        if (replaced) co_return;
    }
}

}  // namespace custodialbridge::rpc
