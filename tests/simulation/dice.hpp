/// What chance decides in a run; the same seed decides the same.
#pragma once

#include <cstddef>

#include "custodialbridge/core/time.hpp"
#include "custodialbridge/runtime/random.hpp"

namespace custodialbridge::simulation {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
    bool chance(unsigned percent) { return below(100) < percent; }
    Millis up_to(std::uint64_t ms) { return Millis{static_cast<std::int64_t>(below(ms + 1))}; }

    template <class Items>
    auto& one_of(Items& items) {
        return items[static_cast<std::size_t>(below(items.size()))];
    }

    /// Dice of somebody else's, so that one's throws do not change the other's.
    Dice more() { return Dice(random_.next()); }

  private:
    runtime::SeededRandom random_;
};

}  // namespace custodialbridge::simulation
