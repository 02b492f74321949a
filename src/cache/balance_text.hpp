/// How a balance is written in Redis.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "custodialbridge/core/balance.hpp"

namespace custodialbridge::cache {

/// `balance:{user}:{chain}:{token}`. Unambiguous, though a user id may hold colons: the last two
/// parts are numbers.
std::string key_text(const BalanceKey& key);

/// `1:{epoch, 10 digits}:{block, 20 digits}:{amount}:{0x block hash}:{as-of, Unix microseconds}`.
/// The widths are fixed up to the block, so that the order of the first 33 bytes is the order of
/// versions.
std::string to_text(const Balance& balance);

/// Nothing when `text` is not what `to_text` writes.
std::optional<Balance> parse_balance(std::string_view text);

/// KEYS[1], ARGV[1] the balance's text, ARGV[2] its time to live in milliseconds: sets it unless a
/// newer version is held. What is held and malformed is overwritten. Answers 1 when set, else 0.
extern const std::string kSetIfNewerScript;

}  // namespace custodialbridge::cache
