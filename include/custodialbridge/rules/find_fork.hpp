/// Where two chains part.
#pragma once

#include <optional>
#include <span>

#include "custodialbridge/core/block.hpp"

namespace custodialbridge::rules {

/// The newest of our blocks that `theirs` has too, by hash at the same number; nothing when none of
/// `ours` is among `theirs`. `ours` newest first, `theirs` in ascending order.
std::optional<BlockRef> newest_common(std::span<const BlockRef> ours,
                                      std::span<const BlockHeader> theirs);

/// True when some number has one block among `ours` and another among `theirs`, so that ours was
/// replaced; without that, an end of `theirs` below ours only says that the node is behind.
bool contradicts(std::span<const BlockRef> ours, std::span<const BlockHeader> theirs);

/// True when `headers` start right after `cursor` and each is the parent of the next.
bool follows(const BlockRef& cursor, std::span<const BlockHeader> headers);

}  // namespace custodialbridge::rules
