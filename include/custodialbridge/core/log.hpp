/// Event logs as a node reports them, packed: one allocation for many logs.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/hash.hpp"

namespace custodialbridge {

struct Log {
    BlockRef block;
    Hash32 tx_hash;
    std::uint32_t tx_index = 0;
    std::uint32_t log_index = 0;  ///< position in the block, not in the transaction
    Address address;              ///< the emitting contract
    std::uint8_t topic_count = 0; ///< 0 … 4
    std::array<Hash32, 4> topics{};
    std::uint32_t data_offset = 0;  ///< into LogBatch::data
    std::uint32_t data_size = 0;
};

/// Logs in (block number, log index) order, with their data in one arena.
struct LogBatch {
    std::vector<Log> logs;
    std::vector<std::uint8_t> data;

    std::span<const std::uint8_t> data_of(const Log& log) const {
        return std::span(data).subspan(log.data_offset, log.data_size);
    }
};

/// Which logs we ask a node for: of any of these contracts, and with any of these topics at each
/// place that names some.
struct LogFilter {
    std::vector<Address> addresses;
    std::array<std::vector<Hash32>, 4> topics{};

    /// Of single blocks: who their transactions are from and to is wanted too, also where no
    /// receipts tell.
    bool parties = false;

    bool empty() const { return addresses.empty(); }
};

}  // namespace custodialbridge
