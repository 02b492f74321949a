/// A model chain whose blocks can be proven: headers hash to the blocks' hashes, and hold the bloom
/// and the root of receipts that are there.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "support/model_chain.hpp"

namespace custodialbridge::simulation {

/// A block as an honest node writes it.
struct BlockTexts {
    std::string header;
    std::string receipts;
    std::vector<std::string> logs;
};

class SealedChain {
  public:
    /// Chains of different names have different blocks; only the first one they share.
    explicit SealedChain(std::string name);
    SealedChain(const SealedChain&) = delete;
    SealedChain& operator=(const SealedChain&) = delete;

    testing::ModelChain model;

    const BlockTexts& texts_of(const Hash32& block) const { return texts_.at(block); }

    /// A transaction's block and receipt; null when there is no such transaction. One may be in
    /// blocks of several branches: it is in the one that was made last.
    struct ReceiptText {
        Hash32 block;
        std::string text;
    };
    const ReceiptText* receipt_of(const Hash32& transaction) const {
        const auto found = receipts_.find(transaction);
        return found == receipts_.end() ? nullptr : &found->second;
    }

  private:
    void seal(testing::ModelBlock& block);

    std::string name_;
    std::unordered_map<Hash32, BlockTexts> texts_;
    std::unordered_map<Hash32, ReceiptText> receipts_;
};

}  // namespace custodialbridge::simulation
