#include "custodialbridge/rules/find_fork.hpp"

#include <algorithm>

namespace custodialbridge::rules {

std::optional<BlockRef> newest_common(std::span<const BlockRef> ours,
                                      std::span<const BlockHeader> theirs) {
    if (theirs.empty()) return std::nullopt;
    const std::uint64_t first = theirs.front().ref.number.value;
    for (const BlockRef& block : ours) {
        if (block.number.value < first) break;
        const std::uint64_t index = block.number.value - first;
        if (index < theirs.size() && theirs[index].ref == block) return block;
    }
    return std::nullopt;
}

bool contradicts(std::span<const BlockRef> ours, std::span<const BlockHeader> theirs) {
    if (theirs.empty()) return false;
    const std::uint64_t first = theirs.front().ref.number.value;
    return std::any_of(ours.begin(), ours.end(), [&](const BlockRef& block) {
        if (block.number.value < first) return false;
        const std::uint64_t index = block.number.value - first;
        return index < theirs.size() && theirs[index].ref.hash != block.hash;
    });
}

bool follows(const BlockRef& cursor, std::span<const BlockHeader> headers) {
    BlockRef before = cursor;
    for (const BlockHeader& header : headers) {
        if (header.parent != before.hash || header.ref.number != next(before.number)) return false;
        before = header.ref;
    }
    return true;
}

}  // namespace custodialbridge::rules
