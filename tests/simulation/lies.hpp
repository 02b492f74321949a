/// What a node may say of a block that is not so. What a lie changes is chosen by the dice.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/block.hpp"
#include "dice.hpp"
#include "support/model_chain.hpp"

namespace custodialbridge::simulation {

/// Whom a made-up transfer would name.
struct Names {
    std::vector<Address> contracts;
    std::vector<Address> holders;
};

/// About a block's receipts: logs left out, added, changed, in another order, and the like.
void lie_about_receipts(nlohmann::json& receipts, const Names& names, Dice& dice);

/// The same about the logs that eth_getLogs gives of a block.
void lie_about_logs(nlohmann::json& logs, const nlohmann::json& header, const Names& names,
                    Dice& dice);

/// Only what the header's bloom shows: all logs of a contract left out, or one added that is not
/// in it. False when there is nothing to lie about.
bool lie_against_bloom(nlohmann::json& logs, const nlohmann::json& header, const Bloom& bloom,
                       const Names& names, Dice& dice);

/// Leaves out all but the Transfers: what their numbers leave open and what moves nothing.
void leave_out_others(nlohmann::json& logs);

/// Other balances than there are.
testing::ModelState miscount(const testing::ModelState& state, Dice& dice);

/// The hash of the block with this number on a branch that there never was.
Hash32 invented_hash(std::uint64_t branch, std::uint64_t number);

/// A header of that branch, over a true one's fields. `begins`: the first number on it.
void invent_header(nlohmann::json& header, std::uint64_t branch, std::uint64_t begins,
                   std::uint64_t number);

/// Header fields that its hash does not stand for. `grandparent` is the parent's parent.
void forge_header(nlohmann::json& header, const Hash32& grandparent, Dice& dice);

}  // namespace custodialbridge::simulation
