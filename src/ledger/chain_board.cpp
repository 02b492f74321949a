#include "custodialbridge/ledger/chain_board.hpp"

#include <algorithm>

namespace custodialbridge::ledger {

ChainBoard::ChainBoard(const std::vector<ChainId>& chains) {
    for (const ChainId chain : chains) tips_.push_back(std::make_unique<ChainTip>(chain));
}

const ChainTip* ChainBoard::find(ChainId chain) const {
    const auto found = std::find_if(tips_.begin(), tips_.end(),
                                    [&](const auto& tip) { return tip->chain() == chain; });
    return found == tips_.end() ? nullptr : found->get();
}

ChainTip* ChainBoard::find(ChainId chain) {
    return const_cast<ChainTip*>(std::as_const(*this).find(chain));
}

void ChainBoard::distrust_redis() {
    for (auto& tip : tips_) tip->distrust_redis();
}

}  // namespace custodialbridge::ledger
