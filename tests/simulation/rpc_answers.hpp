/// What a node without any habit answers: the chain as it sees it, as JSON texts.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sealed_chain.hpp"

namespace custodialbridge::simulation {

/// What is thrown to answer with a JSON-RPC error.
struct RpcFailure {
    int code;
    std::string message;
};

/// The branch that a node is on, up to its own head.
class NodeView {
  public:
    explicit NodeView(const testing::ModelChain& chain) : chain_(&chain) { sync(0); }

    /// Takes over the chain's branch, but for its newest blocks.
    void sync(std::uint64_t behind);

    const testing::ModelBlock& head() const { return *blocks_.back(); }
    const testing::ModelBlock* at(std::uint64_t number) const;
    const testing::ModelBlock* with(const Hash32& hash) const;

    /// Also one of another branch.
    const testing::ModelBlock* ever(const Hash32& hash) const;

    /// A quantity or a tag; no block that it names is ever reorganised away from under `finalized`.
    const testing::ModelBlock* named(const std::string& name) const;

  private:
    const testing::ModelChain* chain_;
    std::vector<const testing::ModelBlock*> blocks_;  // from the first on
};

inline constexpr std::uint64_t kFinalityDepth = 14;

/// eth_getLogs of one block: those that the filter lets through.
std::string matching_logs(const testing::ModelBlock& block, const BlockTexts& texts,
                          const nlohmann::json& filter);

/// Texts of lists, as one list.
std::string joined(const std::vector<std::string>& lists);

/// Does the contract keep this holder's balance to itself?
using Refuses = std::function<bool(const Address& contract, const Address& holder)>;

/// eth_call of balanceOf, and of aggregate3 at `multicall`.
std::string call_contract(const nlohmann::json& call, const testing::ModelState& state,
                          const Address& multicall, const Refuses& refuses);

std::string quoted(const std::string& text);

}  // namespace custodialbridge::simulation
