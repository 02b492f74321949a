/// BlockTrust: which facts of a chain's blocks are taken, and how well each block is then known to
/// be complete.
#pragma once

#include <map>
#include <optional>

#include "custodialbridge/rules/check_bloom.hpp"
#include "followed_chain.hpp"

namespace custodialbridge::sync {

/// A proof is taken as it is. Of other facts the bloom decides: what it rules out is never taken,
/// and where it promises more than there is they are asked for again. A chain whose blocks have
/// been proven is not followed by less because headers suddenly contradict the proof, nor one whose
/// receipts have been, since this began, because they do.
class BlockTrust {
  public:
    explicit BlockTrust(FollowedChain& chain) : chain_(chain) {}

    /// What the store says: that a block was proven, but not whether by any receipt.
    void loaded(bool has_proven) { has_proven_ = has_proven_ || has_proven; }

    /// Whether they are less than the chain has proven before, for a reason that is none.
    bool contradicts_proof(const rpc::BlockFacts& facts) const;

    /// Of the facts that are asked for now; those of the last time are forgotten. `strict`: what
    /// the bloom promises must be there.
    rpc::Plausible plausible(bool strict);

    /// Of plausible facts.
    Completeness completeness_of(const rpc::BlockFacts& facts) const;

    /// A block of that completeness is applied: a person is told, once, when that is less than the
    /// best, and when it is the best again.
    void applied(const rpc::BlockFacts& facts, Completeness completeness);

  private:
    struct Weakness {
        rpc::Unprovable why;
        bool without_bloom;
        friend bool operator==(const Weakness&, const Weakness&) = default;
    };

    bool is_plausible(const rpc::BlockFacts& facts, bool strict);
    bool says_something(const rpc::BlockFacts& facts) const;
    void look_at_bloom(const rpc::BlockFacts& facts);
    Weakness weakness_of(const rpc::BlockFacts& facts) const;

    FollowedChain& chain_;
    std::map<Hash32, rules::BloomVerdict> verdicts_;
    bool has_proven_ = false;
    bool has_proven_receipts_ = false;
    bool has_blooms_ = false;     ///< one was seen that is neither empty nor full, and none since
                                  ///< that is full, or empty over logs
    bool without_bloom_ = false;  ///< such a one was seen last
    std::optional<Weakness> told_;
};

}  // namespace custodialbridge::sync
