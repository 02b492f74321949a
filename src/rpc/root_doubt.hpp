/// RootDoubt: whether an endpoint's receipts never give the roots of their headers. Values only.
#pragma once

#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

class RootDoubt {
  public:
    static constexpr unsigned kTimes = 3;
    static constexpr Seconds kAtLeast{30};  ///< from the first time on

    /// Receipts that are some gave a header's root: those that do not are lies from then on.
    void proved() { *this = RootDoubt(true); }

    /// Receipts did not give the root.
    void differed(Instant now) {
        if (times_++ == 0) since_ = now;
        last_ = now;
    }

    bool has_proven() const { return has_proven_; }
    bool is_there() const { return times_ > 0; }
    bool is_lasting() const { return times_ >= kTimes && last_ - since_ >= kAtLeast; }

    /// No endpoint's receipts are held against it for not giving the root.
    bool given_up = false;

    RootDoubt() = default;

  private:
    explicit RootDoubt(bool has_proven) : has_proven_(has_proven) {}

    bool has_proven_ = false;
    unsigned times_ = 0;
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
