/// PoolRpcClient: RpcClient over a pool of endpoints.
#pragma once

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint_pool.hpp"
#include "multicall_site.hpp"
#include "quorum_reads.hpp"
#include "second_opinion.hpp"

namespace custodialbridge::rpc {

class PoolRpcClient final : public RpcClient {
  public:
    static constexpr Seconds kStaleHead{
        15};  ///< a head this old is compared with the other endpoints'
    static constexpr Seconds kLookAround{10};  ///< and they are asked this often

    PoolRpcClient(std::vector<std::unique_ptr<Endpoint>> endpoints, const Settings& settings,
                  runtime::Clock& clock);

    Task<Result<BlockHeader>> header(BlockTag tag, Deadline by) override;
    Task<Result<std::vector<BlockHeader>>> headers(BlockNumber first, std::uint32_t count,
                                                   Deadline by) override;
    Task<Result<std::vector<BlockHeader>>> headers_of(std::vector<BlockNumber> blocks,
                                                      Deadline by) override;
    Task<Result<std::vector<BlockFacts>>> facts(std::vector<Hash32> blocks, LogFilter filter,
                                                Deadline by, Plausible plausible) override;
    Task<Result<LogBatch>> logs(BlockNumber first, BlockNumber last, LogFilter filter,
                                Deadline by) override;
    Task<Result<std::vector<BlockHeader>>> headers_of_logs(BlockNumber first, BlockNumber last,
                                                           LogFilter filter, WantedBlocks wanted,
                                                           Deadline by) override;
    Task<Result<std::vector<BalanceAnswer>>> balances(BlockRef at,
                                                      std::vector<BalanceQuestion> questions,
                                                      Deadline by) override;
    std::vector<EndpointStatus> endpoints() const override { return pool_.status(); }

  private:
    Task<Result<std::vector<BlockFacts>>> told_facts(const std::vector<Hash32>& blocks,
                                                     const LogFilter& filter, Deadline by,
                                                     const Plausible& plausible,
                                                     Endpoint*& teller);
    Result<BlockHeader> unless_answered_lately(BlockTag tag, Result<BlockHeader> header) const;
    Task<Result<BlockHeader>> latest(Deadline by);
    Task<Result<BlockHeader>> newer_elsewhere(Endpoint& stale, BlockHeader latest, Deadline by);
    Task<Result<std::vector<BlockHeader>>> agreed_headers_of_logs(BlockNumber first,
                                                                  BlockNumber last,
                                                                  const LogFilter& filter,
                                                                  const WantedBlocks& wanted,
                                                                  Deadline by);

    runtime::Clock& clock_;
    EndpointPool pool_;
    MulticallSite multicall_;
    Proof proof_;
    SecondOpinion second_opinion_;
    Instant looked_around_{};
    std::optional<QuorumReads> quorum_;  // nothing: one endpoint's word is enough
};

}  // namespace custodialbridge::rpc
