/// Blocks: "which block" is always a number and a hash.
#pragma once

#include <array>
#include <cstdint>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge {

struct BlockRef {
    BlockNumber number;
    Hash32 hash;
    friend bool operator==(const BlockRef&, const BlockRef&) = default;
};

/// How well a block's events are known to be complete; stored with each block.
enum class Completeness : std::uint8_t {
    claimed = 0,  ///< one endpoint said so
    checked = 1,  ///< agrees with the header's bloom both ways, or with a second endpoint
    proven = 2    ///< the receipts root was recomputed from the receipts that hold the logs
};

using Bloom = std::array<std::uint8_t, 256>;  ///< the header's logsBloom (yellow paper, 4.3.1)

struct BlockHeader {
    BlockRef ref;
    Hash32 parent;
    Time timestamp;
    Bloom logs_bloom{};
    friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

/// A version of anything derived from a chain: the newer one wins, everywhere by this order.
struct Version {
    std::uint32_t epoch = 0;  ///< one more for every reorg that we unwound
    BlockNumber block;
    auto operator<=>(const Version&) const = default;
};

/// Where a chain's ledger stands.
struct Cursor {
    BlockRef block;
    std::uint32_t epoch = 0;
    std::uint64_t term = 0;  ///< of the writer that plans from here (ChainLead); 0: only read
    Version version() const { return {epoch, block.number}; }
    friend bool operator==(const Cursor&, const Cursor&) = default;
};

}  // namespace custodialbridge
