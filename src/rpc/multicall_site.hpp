/// MulticallSite: where Multicall3 stands on a chain, and from which block on.
#pragma once

#include <algorithm>
#include <optional>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

/// Learned from pinned looks at its code. A contract that was there at a block is there at later
/// ones; one that was not may appear, which is looked for now and then.
class MulticallSite {
  public:
    static constexpr Seconds kLookAgainAfter{60};

    explicit MulticallSite(const Address& address) : address_(address) {}

    const Address& address() const { return address_; }

    /// True or false when it is known (or taken for granted for a while), nothing when a look is
    /// due.
    std::optional<bool> stands_at(BlockNumber block, Instant now) const {
        if (address_.is_zero()) return false;
        if (present_at_ && block >= *present_at_) return true;
        if (!absent_at_) return std::nullopt;
        if (block <= *absent_at_ || now - looked_ < kLookAgainAfter) return false;
        return std::nullopt;
    }

    void found(BlockNumber block, bool present, Instant now) {
        looked_ = now;
        if (present) {
            present_at_ = present_at_ ? std::min(*present_at_, block) : block;
        } else {
            absent_at_ = absent_at_ ? std::max(*absent_at_, block) : block;
            if (present_at_ && *present_at_ <= block)
                present_at_.reset();  // it was reorganised away
        }
    }

  private:
    Address address_;
    std::optional<BlockNumber> present_at_;  // the lowest block seen with it
    std::optional<BlockNumber> absent_at_;   // the highest block seen without it
    Instant looked_{};
};

}  // namespace custodialbridge::rpc
