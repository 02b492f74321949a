/// A block and its logs as a node writes them in JSON, the header with its real hash.
#pragma once

#include <span>
#include <string>

#include "custodialbridge/core/block.hpp"
#include "prepared_chain.hpp"

namespace custodialbridge::bench {

/// What is drawn for a block; the rest of its header follows from it.
struct DrawnBlock {
    std::uint64_t number = 0;
    std::uint64_t timestamp = 0;  ///< seconds
    Hash32 parent;
    Hash32 state_root, transactions_root, receipts_root;  ///< drawn: nobody can recompute them
    std::span<const Transfer> transfers;
};

class BlockText {
  public:
    explicit BlockText(const Address& token);

    /// Writes the block and its logs; returns the block's hash.
    Hash32 write(const DrawnBlock& block, std::string& header, std::string& logs) const;

  private:
    Bloom bloom_of(std::span<const Transfer> transfers) const;

    Address token_;
    std::string token_text_;
};

}  // namespace custodialbridge::bench
