/// RootDoubt: whether an endpoint's receipts never give the roots of their headers. Values only.
#pragma once

#include <set>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

class RootDoubt {
  public:
    static constexpr std::size_t kBlocks = 3;  ///< different ones
    static constexpr Seconds kAtLeast{30};  ///< from the first time on

    /// Receipts that are some gave a header's root: those that do not are lies from then on.
    void proved() { *this = RootDoubt(true); }

    /// Receipts did not give the root of this block, which has transactions.
    void differed(const Hash32& block, Instant now) {
        if (blocks_.empty()) since_ = now;
        if (blocks_.size() < kBlocks) blocks_.insert(block);
        last_ = now;
    }

    bool has_proven() const { return has_proven_; }
    bool is_there() const { return !blocks_.empty(); }
    bool is_lasting() const { return blocks_.size() >= kBlocks && last_ - since_ >= kAtLeast; }

    /// No endpoint's receipts are held against it for not giving the root.
    bool given_up = false;

    RootDoubt() = default;

  private:
    explicit RootDoubt(bool has_proven) : has_proven_(has_proven) {}

    bool has_proven_ = false;
    std::set<Hash32> blocks_;  // the first of them
    Instant since_{}, last_{};
};

/// Gives the roots up where each of these has tried for long enough and none has ever proven any:
/// so the chain's roots are others. One that never told receipts has no say; nor does an endpoint
/// alone, as long as another one has proven something. True when they are given up anew.
template <class Endpoints>
bool give_up_roots(const Endpoints& endpoints) {
    bool is_new = false;
    for (const auto& endpoint : endpoints) {
        const RootDoubt& doubt = endpoint->root_doubt;
        if (doubt.has_proven() || (doubt.is_there() && !doubt.is_lasting())) return false;
        is_new |= doubt.is_there() && !doubt.given_up;
    }
    if (is_new)
        for (const auto& endpoint : endpoints) endpoint->root_doubt.given_up = true;
    return is_new;
}

}  // namespace custodialbridge::rpc
