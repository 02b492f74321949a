/// Randomness is a parameter: jitter and choices are replayable from a seed.
#pragma once

#include <cstdint>

namespace custodialbridge::runtime {

class Random {
  public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;

    /// Uniform in [0, 1).
    double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
};

/// splitmix64; not for secrets. One per thread.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override;

  private:
    std::uint64_t state_;
};

/// A seed from the operating system.
std::uint64_t fresh_seed();

}  // namespace custodialbridge::runtime
