/// The little of the Solidity contract ABI that we speak: words, selectors, balances, aggregate3.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::abi {

using Bytes = std::vector<std::uint8_t>;
using Selector = std::array<std::uint8_t, 4>;

Selector selector(std::string_view signature);  ///< first four bytes of keccak256("name(types)")

/// ERC-20 and ERC-721 balanceOf(address).
Bytes encode_balance_of(const Address& holder);

/// ERC-1155 balanceOf(address,uint256).
Bytes encode_balance_of(const Address& holder, const U256& id);

/// ERC-721 ownerOf(uint256). Of an id that nobody owns it reverts (EIP-721).
Bytes encode_owner_of(const U256& id);

/// Exactly one word that is an address; `invalid` for anything else.
Result<Address> decode_address(std::span<const std::uint8_t> data);

/// Exactly one word; `invalid` for anything else (an empty answer is unknown, never zero).
Result<U256> decode_u256(std::span<const std::uint8_t> data);

/// One call of Multicall3's aggregate3; every one is sent with allowFailure = true.
struct Call {
    Address target;
    Bytes data;
};

struct CallOutcome {
    bool success = false;
    Bytes data;
};

/// aggregate3((address target, bool allowFailure, bytes callData)[])
Bytes encode_aggregate3(std::span<const Call> calls);

/// ((bool success, bytes returnData)[]) with exactly `expected` entries; `invalid` otherwise.
Result<std::vector<CallOutcome>> decode_aggregate3(std::span<const std::uint8_t> data,
                                                   std::size_t expected);

/// Multicall3's getEthBalance(address).
Bytes encode_get_eth_balance(const Address& holder);

}  // namespace custodialbridge::abi
