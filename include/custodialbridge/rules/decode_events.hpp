/// Logs to events of the standards that we follow. Never throws a log out of the block: a malformed
/// one is said to be so and counted by the caller.
///
/// Sources: EIP-20 (`Transfer(address,address,uint256)`), the seed's `Mint(address indexed to,
/// uint256 amount)` and `Burn(address indexed from, uint256 amount)`.
#pragma once

#include <optional>
#include <span>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::rules {

const Hash32& transfer_topic();
const Hash32& mint_topic();
const Hash32& burn_topic();

/// A decoded event of an ERC-20: who gives, who takes, how much. Mint and Burn have one side only.
struct TokenEvent {
    EventType type = EventType::transfer;
    Address from;
    Address to;
    U256 amount{0};
};

enum class Decoded : std::uint8_t { event, not_ours, malformed };

/// `not_ours` for a topic that we do not know; `malformed` when topics or data do not fit the
/// event. Indexed and (as some old contracts do) non-indexed parameters are both taken.
Decoded decode_erc20(const Log& log, std::span<const std::uint8_t> data, TokenEvent& out);

}  // namespace custodialbridge::rules
