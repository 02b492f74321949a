/// The balances of a prepared chain's wallets after each block.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "prepared_chain.hpp"

namespace custodialbridge::bench {

class BalanceHistory {
  public:
    explicit BalanceHistory(const PreparedChain& chain);

    /// Zero for an address that is no wallet.
    Amount at(const Address& address, std::uint64_t block) const;

  private:
    using Step = std::pair<std::uint32_t, Amount>;  // from this block on
    std::unordered_map<Address, std::uint32_t> wallets_;
    std::vector<std::vector<Step>> steps_;
};

}  // namespace custodialbridge::bench
