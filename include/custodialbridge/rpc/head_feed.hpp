/// newHeads over WebSocket: only a wake-up. What it says is never trusted as data.
#pragma once

#include <functional>

#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::rpc {

class HeadFeed {
  public:
    virtual ~HeadFeed() = default;

    /// Keeps one subscription alive (next endpoint on failure, backed off) and calls `on_head` on
    /// the loop for each new head, until cancelled. Never fails.
    virtual runtime::Task<void> run(std::function<void()> on_head) = 0;
};

}  // namespace custodialbridge::rpc
