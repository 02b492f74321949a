/// What every thread may know at once of where a chain's ledger stands. One writer a chain,
/// lock-free readers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "custodialbridge/core/block.hpp"
#include "custodialbridge/runtime/seqlock.hpp"

namespace custodialbridge::ledger {

struct ChainPosition {
    BlockRef cursor;             ///< the newest block that the ledger and the local cache hold
    std::uint32_t epoch = 0;
    Time at_head;  ///< when the cursor was last seen to be the chain's head; epoch 0: never
    std::uint64_t head = 0;      ///< number of the newest head seen
    std::uint64_t safe = 0;
    std::uint64_t finalized = 0;
    bool known = false;          ///< false until the chain's first load from the store
    Version redis_floor;  ///< older Redis entries were perhaps not replaced: they are not used
    bool redis_behind =
        false;  ///< the cursor's changes are on their way to Redis: it is passed over
    bool standby = false;  ///< another process writes the chain, and Redis: nothing that is read
                           ///< here is known to be true beyond its own block
    std::uint64_t redis_doubts = 0;  ///< so many of the tip's are answered by `redis_floor`
};

/// One chain's place on the board.
class ChainTip {
  public:
    explicit ChainTip(ChainId chain) : chain_(chain) {}
    ChainId chain() const { return chain_; }
    ChainPosition read() const { return position_.load(); }   ///< any thread
    void write(const ChainPosition& p) { position_.store(p); } ///< the chain's writer only

    /// Redis perhaps holds what should have been replaced or deleted. It is passed over until the
    /// writer has raised the floor above everything that it may hold by now. Any thread.
    void distrust_redis() { ++redis_doubts_; }
    std::uint64_t redis_doubts() const { return redis_doubts_; }

    /// Whether Redis may be asked, and its entries from the floor on be used. Any thread.
    bool trusts_redis(const ChainPosition& position) const {
        return !position.redis_behind && !position.standby &&
               position.redis_doubts == redis_doubts_;
    }

  private:
    ChainId chain_;
    runtime::SeqLock<ChainPosition> position_;
    std::atomic<std::uint64_t> redis_doubts_{0};
};

/// The chains of this process; fixed after construction.
class ChainBoard {
  public:
    explicit ChainBoard(const std::vector<ChainId>& chains);
    ChainTip* find(ChainId chain);
    const ChainTip* find(ChainId chain) const;
    const std::vector<std::unique_ptr<ChainTip>>& tips() const { return tips_; }

    /// Of all chains; what to do when Redis is back after a break. Any thread.
    void distrust_redis();

  private:
    std::vector<std::unique_ptr<ChainTip>> tips_;
};

}  // namespace custodialbridge::ledger
