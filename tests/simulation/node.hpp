/// A node over a model chain, as JSON-RPC behind the Transport seam: it may be behind or on another
/// branch, and has habits.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "habits.hpp"
#include "lies.hpp"
#include "rpc_answers.hpp"
#include "tally.hpp"
#include "transport.hpp"

namespace custodialbridge::simulation {

class Node {
  public:
    Node(const SealedChain& chain, ChainId id, Names names, runtime::Clock& clock, Dice dice,
         Tally& tally, std::uint64_t branch);

    Habits habits;
    Address multicall{};  ///< zero: not deployed
    bool secretive = false;  ///< contracts refuse some holders' balances for some blocks

    /// Comes to have what the chain has, but for the newest blocks.
    void sync(std::uint64_t behind = 0);

    /// The same for the backend that answers when it flaps.
    void sync_other(std::uint64_t behind);

    runtime::Task<Result<rpc::HttpAnswer>> post(std::string body, runtime::Deadline by);

  private:
    bool happens(unsigned percent, std::string_view name);
    std::optional<rpc::HttpAnswer> refusal();
    std::string answer(const std::string& body);
    std::string answer_batch(const nlohmann::json& calls, const NodeView& view);
    std::string answer_call(const nlohmann::json& call, const NodeView& view);
    std::string result_of(const std::string& method, const nlohmann::json& parameters,
                          const NodeView& view);
    std::string header(const testing::ModelBlock* block, const NodeView& view);
    std::string numbered(const std::string& name, const NodeView& view);
    std::string receipt(const std::string& transaction, const NodeView& view);
    std::string receipts(const testing::ModelBlock* block);
    std::string logs(const nlohmann::json& filter, const NodeView& view);
    std::string lie_in_range(std::string logs, const testing::ModelBlock& block);
    bool keeps_secret(const Address& contract, const Address& holder, BlockNumber at);
    std::string lie_in(std::string logs, const testing::ModelBlock& block, bool within_bloom);

    const SealedChain& chain_;
    ChainId id_;
    Names names_;
    runtime::Clock& clock_;
    Dice dice_;
    Tally& tally_;
    NodeView view_;
    NodeView other_;
    std::uint64_t branch_;  ///< its own, made up
};

class NodeTransport final : public rpc::Transport {
  public:
    explicit NodeTransport(Node& node) : node_(node) {}
    runtime::Task<Result<rpc::HttpAnswer>> post(std::string body, runtime::Deadline by) override {
        return node_.post(std::move(body), by);
    }

  private:
    Node& node_;
};

}  // namespace custodialbridge::simulation
