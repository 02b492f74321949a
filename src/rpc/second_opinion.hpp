/// SecondOpinion: what one endpoint says, and nothing proves, is put to others.
#pragma once

#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint_pool.hpp"

namespace custodialbridge::rpc {

/// Logs outside of the receipts root (BlockFacts::outside_root) that another endpoint tells, too,
/// make their block `checked`. Without one they stay its endpoint's word where the chain is known
/// for them (core/state_sync.hpp); elsewhere that word is not taken: neither root nor bloom would
/// show such logs to be made up.
///
/// Blocks whose headers have new fields (Unprovable::new_fields) are `checked` when another
/// endpoint tells the same, or there is none, and no one tells another root or other logs: then
/// nobody's word is taken. Where another one proves them, its proof counts.
class SecondOpinion {
  public:
    SecondOpinion(EndpointPool& pool, ChainId chain, Proof proof)
        : pool_(pool), chain_(chain), proof_(proof) {}

    /// On facts of `teller`'s. References stay until then.
    Task<Result<std::vector<BlockFacts>>> on(std::vector<BlockFacts> facts, Endpoint& teller,
                                             const LogFilter& filter, Deadline by);

  private:
    Task<Result<void>> ask_others(std::vector<BlockFacts>& facts,
                                  const std::vector<std::size_t>& places, const Endpoint& teller,
                                  const LogFilter& filter, Deadline by);

    EndpointPool& pool_;
    ChainId chain_;
    Proof proof_;
};

}  // namespace custodialbridge::rpc
