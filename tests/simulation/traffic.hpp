/// What happens on the model chain: tokens of every kind move between few holders, so that each is
/// touched often.
#pragma once

#include <vector>

#include "dice.hpp"
#include "sealed_chain.hpp"

namespace custodialbridge::simulation {

inline const Address kCpop = testing::address(0xc0);
inline const Address kUsdt = testing::address(0xc1);
inline const Address kOdd = testing::address(0xc2);  ///< its events do not tell everything
inline constexpr TokenId kCpopId{1};
inline constexpr TokenId kUsdtId{2};
inline constexpr TokenId kOddId{3};

class Traffic {
  public:
    Traffic(SealedChain& chain, Dice dice, bool with_odd);

    const std::vector<Address>& holders() const { return holders_; }
    std::vector<Address> contracts() const;
    const Address& anyone() { return dice_.one_of(holders_); }

    /// From now on the odd token tells of each move, if by an event that no standard knows; and it
    /// moves seldom, so that no later event makes up for one that was not heard.
    void name_all_moves() {
        silent_ = false;
        odd_ = 4;
    }

    void keep_odd_still() { odd_ = 0; }

    /// One block.
    void mine();

    /// Another branch, never from below a block that a node ever called finalized.
    void reorganise();

    /// A block in which the odd token names everybody.
    void name_everybody();

  private:
    using Left = std::map<std::pair<Address, Address>, U256>;

    testing::ModelMove standard_move(Left& left);
    testing::ModelMove odd_move(Left& left);
    testing::Told any_notice();

    testing::ModelChain& chain_;
    Dice dice_;
    bool with_odd_;
    bool silent_ = true;  ///< the odd token may be
    unsigned odd_ = 20;   ///< percent of all moves
    std::vector<Address> holders_;
    std::uint64_t highest_ = 0;
};

}  // namespace custodialbridge::simulation
