/// A change as it is told over Redis: words, separated by spaces.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "custodialbridge/cache/change_feed.hpp"

namespace custodialbridge::cache {

/// `1 EPOCH BLOCK all`, `… balances USER TOKEN USER TOKEN …` or `… users USER USER …`. Everything,
/// when too much is named, or both kinds.
std::string to_text(const Change& change);

/// Nothing when it is not of this form.
std::optional<Change> parse_change(ChainId chain, std::string_view text);

}  // namespace custodialbridge::cache
