#include "support/ledger_rows.hpp"

namespace custodialbridge::testing {

std::vector<BlockRef> newest_blocks(const ChainRow& chain, std::optional<BlockNumber> below,
                                    std::size_t count) {
    std::vector<BlockRef> blocks;
    for (const BlockRow& row : chain.blocks) {
        const BlockRef& ref = row.block.header.ref;
        if (!row.orphaned && (!below || ref.number <= *below)) blocks.push_back(ref);
    }
    std::sort(blocks.begin(), blocks.end(),
              [](const BlockRef& a, const BlockRef& b) { return a.number > b.number; });
    blocks.resize(std::min(blocks.size(), count));
    return blocks;
}

}  // namespace custodialbridge::testing
