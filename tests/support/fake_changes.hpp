/// What processes tell each other, in memory: told at once, or broken for all of them.
#pragma once

#include <vector>

#include "custodialbridge/cache/change_feed.hpp"

namespace custodialbridge::testing {

class FakeChangeFeed;

/// Where any number of feeds meet.
struct FakeChanges {
    /// Nothing is told, and everybody knows it.
    void end();

    void begin();

    /// Changes wait; nobody is deaf. A change that is on its way.
    void hold() { held = true; }
    void let_go();

    std::vector<FakeChangeFeed*> feeds;
    bool broken = false;
    bool held = false;
    std::vector<std::pair<FakeChangeFeed*, cache::Change>> waiting;  ///< with who told it
    std::vector<cache::Change> told;
};

class FakeChangeFeed final : public cache::ChangeFeed {
  public:
    explicit FakeChangeFeed(FakeChanges& place);
    ~FakeChangeFeed() override;
    FakeChangeFeed(const FakeChangeFeed&) = delete;
    FakeChangeFeed& operator=(const FakeChangeFeed&) = delete;

    void announce(cache::Change change) override;
    runtime::Task<void> run(cache::ChangeListener& listener) override;

  private:
    friend struct FakeChanges;

    void tell(const cache::Change& change);

    FakeChanges& place_;
    std::vector<ChainId> owed_;
    cache::ChangeListener* listener_ = nullptr;
};

}  // namespace custodialbridge::testing
