/// Do a block's logs agree with its header's bloom? (yellow paper 4.3.1: M3:2048)
///
/// A bloom can prove that a contract emitted nothing; it cannot prove that nothing is missing.
#pragma once

#include <span>

#include "custodialbridge/core/bloom.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/rules/watchlist.hpp"

namespace custodialbridge::rules {

using custodialbridge::bloom_add;
using custodialbridge::bloom_may_contain;

enum class BloomVerdict : std::uint8_t {
    agrees,              ///< logs where the bloom says maybe, none where it says never
    says_nothing,        ///< the bloom says maybe to everything: the chain has none
    suspiciously_empty,  ///< no event that moves anything, yet the bloom says that a followed
                         ///< contract may have emitted one
    contradicts  ///< a log that the bloom rules out: the answer or the chain's blooms are wrong
};

BloomVerdict check_bloom(const Bloom& bloom, std::span<const Log> logs, const Watchlist& watchlist);

}  // namespace custodialbridge::rules
