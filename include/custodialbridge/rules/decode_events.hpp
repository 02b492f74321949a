/// Logs to events of the standards that we follow. Never throws a log out of the block: a malformed
/// one is said to be so and counted by the caller.
///
/// Sources: EIP-20 and EIP-721 (`Transfer(address,address,uint256)`, one topic for both), EIP-1155
/// (`TransferSingle`, `TransferBatch`), ERC-4337's EntryPoint v0.6 to v0.8 (`UserOperationEvent`,
/// `AccountDeployed`), the seed's `Mint(address indexed to, uint256 amount)` and
/// `Burn(address indexed from, uint256 amount)`.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ledger_plan.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::rules {

const Hash32& transfer_topic();
const Hash32& mint_topic();
const Hash32& burn_topic();
const Hash32& transfer_single_topic();
const Hash32& transfer_batch_topic();
const Hash32& user_operation_topic();
const Hash32& account_deployed_topic();

/// Events of the standards that name wallets and never move anything: Approval, ApprovalForAll.
bool moves_nothing(const Hash32& topic);

/// A decoded event of a token, or one element of a batch: who gives, who takes, how much of what.
/// Mint and Burn have one side only.
struct TokenEvent {
    EventType type = EventType::transfer;
    Address from;
    Address to;
    U256 amount{0};
    std::optional<U256> nft_id;
};

/// What a bundler did for an account.
struct UserOperation {
    Hash32 hash;
    Address sender;
    U256 nonce{0};
    bool success = false;
    U256 actual_gas_cost{0};  ///< wei
};

enum class Decoded : std::uint8_t { event, not_ours, malformed };

/// `not_ours` for a topic that we do not know; `malformed` when topics or data do not fit the
/// event. Indexed and (as some old contracts do) non-indexed parameters are both taken.
Decoded decode_erc20(const Log& log, std::span<const std::uint8_t> data, TokenEvent& out);

/// The same of an NFT; old contracts index less than the standard says, or nothing.
Decoded decode_erc721(const Log& log, std::span<const std::uint8_t> data, TokenEvent& out);

/// Appends one event for each element: a batch may be empty and may name an id twice. Lists of
/// different lengths, or that reach beyond the data, are `malformed` and append nothing.
Decoded decode_erc1155(const Log& log, std::span<const std::uint8_t> data,
                       std::vector<TokenEvent>& out);

Decoded decode_user_operation(const Log& log, std::span<const std::uint8_t> data,
                              UserOperation& out);

/// The account that was deployed.
Decoded decode_account_deployed(const Log& log, Address& out);

}  // namespace custodialbridge::rules
