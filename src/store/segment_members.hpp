/// What a segment's row keeps of its members: who they are, and a digest of what they have.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/poll_plan.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/store/poll_schedule.hpp"

namespace custodialbridge::store {

/// For each member its user and all of the user's wallets, in order. Numbers in network order.
std::string pack_members(std::span<const DuePoll> members);

/// What `pack_members` made. `corrupt` when it is not.
Result<std::vector<DuePoll>> unpack_members(std::string_view packed, TokenId token, Time tried_at);

/// Keccak-256 of users, wallets and amounts, in order. Equal only for the same members with the
/// same amounts.
Hash32 digest_of(std::span<const PolledBalance* const> members);

}  // namespace custodialbridge::store
