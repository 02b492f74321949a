/// Blocks and logs out of JSON-RPC results; every shape is checked.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/u256.hpp"
#include "json_rpc.hpp"

namespace custodialbridge::rpc {

/// What may be wanted of a block beside its header; null: not wanted.
struct HeaderExtras {
    Hash32* state_root = nullptr;             ///< left alone where the block has none
    std::vector<Address>* parties = nullptr;  ///< from and to of the transactions with bodies
};

/// A block's header; nothing for null (the node does not know the block). `unavailable` when
/// malformed. A block without logsBloom gets one that says "maybe" to everything.
Result<std::optional<BlockHeader>> parse_header(JsonValue& value, HeaderExtras extras = {});

/// The state root that an eth_getProof answer proves to: the hash of its first node (EIP-1186).
Result<Hash32> parse_proof_root(JsonValue& value);

/// What must hold for logs that were asked for: order, block, contract, topics.
class LogChecks {
  public:
    LogChecks(const LogFilter& filter, BlockNumber first, BlockNumber last);  ///< of [first, last]
    LogChecks(const LogFilter& filter, const Hash32& block);  ///< of this block alone

    /// What is wrong with a log that comes after `previous` (null: the first); null when nothing
    /// is.
    const char* complaint(const Log& log, const Log* previous) const;

    /// Whether the filter lets the log through; for logs that were asked for without it.
    bool wants(const Log& log) const;

  private:
    const char* place_complaint(const Log& log, const Log& previous) const;
    bool wants_topics(const Log& log, const Log* previous) const;

    std::vector<Address> addresses_;  // sorted
    std::array<std::vector<Hash32>, 4> topics_;  // each sorted
    BlockNumber first_{0};
    BlockNumber last_{~std::uint64_t{0}};
    std::optional<Hash32> block_;
};

/// Whether one result's logs are most of the answer; then room is made for as many as fit in its
/// bytes.
enum class LogShare : std::uint8_t { some, most };

/// An eth_getLogs result, packed. `unavailable` when malformed or when a check fails (`removed`
/// logs too).
Result<LogBatch> parse_logs(JsonValue& value, const LogChecks& checks, LogShare share);

/// A JSON string's text ("data" of an eth_call); `unavailable` for null and everything else.
Result<std::string> parse_text(JsonValue& value);

/// A quantity of at most 256 bits, such as eth_getBalance answers.
std::optional<U256> parse_u256_quantity(std::string_view text);

/// The parameter object of eth_getLogs: the filter with a block hash, or with a range.
std::string log_query(const LogFilter& filter, const Hash32& block);
std::string log_query(const LogFilter& filter, BlockNumber first, BlockNumber last);

}  // namespace custodialbridge::rpc
