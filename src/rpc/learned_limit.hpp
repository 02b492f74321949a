/// LearnedLimit: how much an endpoint takes at once: blocks of a log range, calls of a batch.
/// Values only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace custodialbridge::rpc {

/// Halved when something is refused, and grown by a quarter after many of full size that were
/// taken: what was refused may have been too large for what was in it, or the node may have
/// changed.
class LearnedLimit {
  public:
    static constexpr unsigned kTakenUntilMore = 64;

    /// `configured`: never more than that; 0: any.
    explicit LearnedLimit(std::uint64_t configured)
        : most_(configured == 0 ? std::numeric_limits<std::uint64_t>::max() : configured),
          now_(most_) {}

    std::uint64_t most() const { return now_; }

    void refused(std::uint64_t size) {
        now_ = std::max<std::uint64_t>(1, std::min(now_, size / 2 + size % 2));
        taken_ = 0;
    }

    void took(std::uint64_t size) {
        if (size < now_ || now_ == most_ || ++taken_ < kTakenUntilMore) return;
        taken_ = 0;
        const std::uint64_t more = now_ / 4 + 1;
        now_ = most_ - now_ < more ? most_ : now_ + more;
    }

  private:
    std::uint64_t most_;
    std::uint64_t now_;
    unsigned taken_ = 0;
};

}  // namespace custodialbridge::rpc
