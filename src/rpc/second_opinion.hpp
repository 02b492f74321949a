/// SecondOpinion: what one endpoint says, and nothing proves, is put to others.
#pragma once

#include <string>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint_pool.hpp"

namespace custodialbridge::rpc {

/// State syncs (BlockFacts::has_state_sync): a block is `checked` when another endpoint tells the
/// same. When any tells none of these logs, or others, the teller's word is not taken. While nobody
/// else answers it is enough where the chain is known for state syncs (core/state_sync.hpp), and
/// not elsewhere: neither root nor bloom would show such logs to be made up.
///
/// Blocks whose headers have new fields (Unprovable::new_fields) are `checked` when another
/// endpoint tells the same root and logs, and no one others; else nobody's word is taken. Where
/// another one proves them, its proof counts.
class SecondOpinion {
  public:
    SecondOpinion(EndpointPool& pool, ChainId chain, Proof proof)
        : pool_(pool), chain_(chain), proof_(proof) {}

    /// On facts of `teller`'s. References stay until then.
    Task<Result<std::vector<BlockFacts>>> on(std::vector<BlockFacts> facts, Endpoint& teller,
                                             const LogFilter& filter, Deadline by);

  private:
    /// One block, and what others say of it.
    struct Doubt {
        std::size_t place;
        bool is_answered = false, is_confirmed = false;
        std::string other_syncs{}, otherwise{};  ///< an endpoint that contradicts
    };

    static std::vector<Doubt> doubts_in(const std::vector<BlockFacts>& facts);
    static void hear(Doubt& doubt, BlockFacts& ours, const BlockFacts& theirs,
                     const std::string& name);
    Task<void> ask_others(std::vector<BlockFacts>& facts, std::vector<Doubt>& doubts,
                          const Endpoint& teller, const LogFilter& filter, Deadline by);
    Result<void> settle(const Doubt& doubt, BlockFacts& ours, Endpoint& teller);

    EndpointPool& pool_;
    ChainId chain_;
    Proof proof_;
};

}  // namespace custodialbridge::rpc
