/// What a node with a prepared chain answers to JSON-RPC.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "balance_history.hpp"
#include "prepared_chain.hpp"

namespace custodialbridge::bench {

/// Some text, then some bytes of the chain's logs, which go from file to socket without passing
/// through us.
struct Piece {
    std::string text;
    PreparedChain::LogsPart logs{};
};

class Reply {
  public:
    void add(std::string_view text) { last().text += text; }
    void add(PreparedChain::LogsPart logs) { last().logs = logs; }
    std::uint64_t size() const;
    std::vector<Piece> take() { return std::move(pieces_); }

  private:
    Piece& last();

    std::vector<Piece> pieces_;
};

class ChainAnswers {
  public:
    explicit ChainAnswers(const PreparedChain& chain);

    /// The answer to one request's body, a call or a batch; nothing when it is not JSON.
    std::optional<Reply> answer(std::string_view body);

    /// From now on blocks up to this one are there. The times, in microseconds of the monotonic
    /// clock, tell when that was set and when somebody was first told.
    void set_head(std::uint64_t head);

    /// {"head", "head_set_us", "head_told_us": 0 until then, "calls": {method: count}}
    std::string statistics() const;

  private:
    void answer_call(const nlohmann::json& call, Reply& reply);
    void append_result(const std::string& method, const nlohmann::json& parameters, Reply& reply);
    void append_block(std::optional<std::uint64_t> block, Reply& reply);
    void append_logs(const nlohmann::json& query, Reply& reply);
    std::string balance_of(const nlohmann::json& parameters) const;

    std::optional<std::uint64_t> block_named(const nlohmann::json& name) const;
    std::optional<std::uint64_t> block_of(const Hash32& hash) const;
    std::optional<std::uint64_t> block_pinned(const nlohmann::json& pin) const;

    const PreparedChain& chain_;
    BalanceHistory balances_;
    std::unordered_map<Hash32, std::uint64_t> numbers_;
    std::string token_, topic_;
    std::uint64_t head_ = 0;
    std::uint64_t head_set_us_ = 0;
    std::uint64_t head_told_us_ = 0;
    std::map<std::string, std::uint64_t> calls_;
};

}  // namespace custodialbridge::bench
