/// A chain's client and feed whose endpoints can be replaced while they are used.
#pragma once

#include <memory>

#include "custodialbridge/rpc/head_feed.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/wakeup.hpp"

namespace custodialbridge::rpc {

/// Lives on its client's loop. A call ends where it began; the client before lives until its last
/// call has ended.
class ReplaceableClient final : public RpcClient {
  public:
    explicit ReplaceableClient(std::unique_ptr<RpcClient> first) : client_(std::move(first)) {}

    void replace(std::unique_ptr<RpcClient> next) { client_ = std::move(next); }

    Task<Result<BlockHeader>> header(BlockTag tag, Deadline by) override;
    Task<Result<std::vector<BlockHeader>>> headers(BlockNumber first, std::uint32_t count,
                                                   Deadline by) override;
    Task<Result<std::vector<BlockHeader>>> headers_of(std::vector<BlockNumber> blocks,
                                                      Deadline by) override;
    Task<Result<std::vector<BlockFacts>>> facts(std::vector<Hash32> blocks, LogFilter filter,
                                                Deadline by, Plausible plausible = {}) override;
    Task<Result<LogBatch>> logs(BlockNumber first, BlockNumber last, LogFilter filter,
                                Deadline by) override;
    Task<Result<std::vector<BlockHeader>>> headers_of_logs(BlockNumber first, BlockNumber last,
                                                           LogFilter filter, WantedBlocks wanted,
                                                           Deadline by) override;
    Task<Result<std::vector<BalanceAnswer>>> balances(BlockRef at,
                                                      std::vector<BalanceQuestion> questions,
                                                      Deadline by) override;
    std::vector<EndpointStatus> endpoints() const override { return client_->endpoints(); }

  private:
    std::shared_ptr<RpcClient> client_;
};

/// Lives on its feed's loop.
class ReplaceableFeed final : public HeadFeed {
  public:
    ReplaceableFeed(std::unique_ptr<HeadFeed> first, runtime::Executor executor,
                    runtime::Clock& clock);

    /// The subscription before is given up.
    void replace(std::unique_ptr<HeadFeed> next);

    runtime::Task<void> run(std::function<void()> on_head) override;

  private:
    runtime::Task<void> until_replaced();

    std::shared_ptr<HeadFeed> feed_;
    runtime::Clock& clock_;
    runtime::Wakeup replaced_;
};

}  // namespace custodialbridge::rpc
