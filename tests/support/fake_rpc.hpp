/// A node over a model chain: it may be behind, prune its state, limit its answers, and fail as
/// told.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "support/model_chain.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

using runtime::Deadline;
using runtime::Task;

class FakeRpc final : public rpc::RpcClient {
  public:
    FakeRpc(const ModelChain& chain, runtime::Clock& clock) : script(clock), chain_(chain) {}

    Script script;
    std::uint64_t behind = 0;  ///< blocks that it lacks
    std::uint64_t finalized_depth = 64;
    std::uint64_t safe_depth = 32;
    std::optional<std::uint64_t> finalized_at;  ///< instead of the depth
    bool has_tags = true;
    std::optional<std::uint64_t> state_depth;  ///< older state is pruned
    std::uint64_t log_range_max = 1'000'000;   ///< blocks in one answer
    std::size_t logs_max = 1'000'000;          ///< in one answer
    std::optional<Bloom> bloom;                ///< in the facts, instead of the header's own
    bool proves = false;                       ///< its facts
    std::set<std::uint64_t> unprovable;  ///< blocks that it does not prove for all that
    rpc::Unprovable why_unproven = rpc::Unprovable::no;  ///< its facts, where it does not prove
    std::set<std::uint64_t> state_synced;  ///< blocks whose last log is outside of the root
    std::function<void(LogBatch&)> lie;        ///< about the logs of ranges
    std::function<void(BlockHeader&)> forge;   ///< asked to change the newest header
    unsigned logs_late = 0;                    ///< answers for a block that lack its logs yet
    std::map<Address, std::uint64_t> deployed_at;  ///< blocks; the others were there always
    std::set<Address> unreadable;              ///< contracts whose balanceOf reverts
    std::set<Address> unreadable_holders;      ///< of whom it does
    std::set<Address> unanswered_holders;      ///< of whom the node tells nothing
    std::set<Address> silent_holders;        ///< a call that asks for one's balance fails
    std::size_t most_questions = 1'000'000;  ///< balances in one call
    std::size_t balances_asked = 0;          ///< so far

    Task<Result<BlockHeader>> header(rpc::BlockTag tag, Deadline by) override;

    Task<Result<std::vector<BlockHeader>>> headers(BlockNumber first, std::uint32_t count,
                                                   Deadline by) override;

    Task<Result<std::vector<BlockHeader>>> headers_of(std::vector<BlockNumber> blocks,
                                                      Deadline by) override;

    Task<Result<std::vector<rpc::BlockFacts>>> facts(std::vector<Hash32> blocks, LogFilter filter,
                                                     Deadline by,
                                                     rpc::Plausible plausible = {}) override;

    Task<Result<LogBatch>> logs(BlockNumber first, BlockNumber last, LogFilter filter,
                                Deadline by) override;

    Task<Result<std::vector<BlockHeader>>> headers_of_logs(BlockNumber first, BlockNumber last,
                                                           LogFilter filter,
                                                           rpc::WantedBlocks wanted,
                                                           Deadline by) override;

    Task<Result<std::vector<rpc::BalanceAnswer>>> balances(
        BlockRef at, std::vector<rpc::BalanceQuestion> questions, Deadline by) override;

    std::vector<rpc::EndpointStatus> endpoints() const override { return {}; }

    /// Asked for with `logs`, first to last, in the order of asking.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;

    std::uint64_t head() const;

  private:
    static rpc::BalanceAnswer answer_to(const ModelBlock& block,
                                        const rpc::BalanceQuestion& question);

    std::uint64_t number_of(rpc::BlockTag tag) const;

    /// A node forgets a block when another takes its place.
    const ModelBlock* known(const Hash32& hash) const;

    static bool matches(const Log& log, const LogFilter& filter);

    static void append_matching(const ModelBlock& block, const LogFilter& filter, LogBatch& out);

    const ModelChain& chain_;
};

}  // namespace custodialbridge::testing
