/// Many rows as several statements of bounded size.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace custodialbridge::store {

inline constexpr std::size_t kRowsPerStatement = 2'000;

/// Calls `each` with consecutive parts of at most kRowsPerStatement; not at all for nothing.
template <class T, class Each>
void in_parts(std::span<const T> all, Each each) {
    for (; !all.empty(); all = all.subspan(std::min(all.size(), kRowsPerStatement)))
        each(all.first(std::min(all.size(), kRowsPerStatement)));
}

}  // namespace custodialbridge::store
