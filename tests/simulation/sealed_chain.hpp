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

  private:
    void seal(testing::ModelBlock& block);

    std::string name_;
    std::unordered_map<Hash32, BlockTexts> texts_;
};

}  // namespace custodialbridge::simulation
