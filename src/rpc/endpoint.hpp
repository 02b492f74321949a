/// Endpoint: one node, reached through a transport. Sends batches within its limits and keeps its
/// health.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/rpc/settings.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/deadline.hpp"
#include "custodialbridge/runtime/random.hpp"
#include "custodialbridge/telemetry/registry.hpp"
#include "endpoint_health.hpp"
#include "json_rpc.hpp"
#include "learned_limit.hpp"
#include "root_doubt.hpp"
#include "tag_memory.hpp"
#include "token_bucket.hpp"
#include "transport.hpp"

namespace custodialbridge::rpc {

using runtime::Deadline;
using runtime::Task;

/// What all endpoints of a client share; everything outlives them.
struct Surroundings {
    ChainId chain;
    runtime::Clock& clock;
    runtime::Random& random;
    telemetry::Registry& metrics;
    runtime::BlockingPool* parse_pool = nullptr;  ///< null: answers are parsed on the loop
};

enum class Support : std::uint8_t { unknown, yes, no };

/// Lives on one loop.
class Endpoint {
  public:
    using Outcomes = std::vector<Result<void>>;

    Endpoint(Surroundings surroundings, EndpointSettings settings,
             std::unique_ptr<Transport> transport);

    /// Sends all calls, in as many batches as the limits ask for, one after the other. Those of a
    /// batch that say nothing while most say something are sent once more. One outcome a call; an
    /// error when an exchange as a whole failed. `reader` may be called on another
    /// thread, one call at a time, while this task waits.
    Task<Result<Outcomes>> send(std::vector<Call> calls, ResultReader reader, Deadline by);

    /// `refused` when the node is on another chain than ours.
    Task<Result<void>> identify(Deadline by);

    const std::string& name() const { return name_; }
    const EndpointSettings& settings() const { return settings_; }
    EndpointHealth& health() { return health_; }
    const EndpointHealth& health() const { return health_; }
    runtime::Clock& clock() const { return surroundings_.clock; }
    Instant now() const { return surroundings_.clock.now(); }
    double chance() { return surroundings_.random.fraction(); }

    Support block_by_hash = Support::unknown;   ///< EIP-1898 block parameters
    Support head_is_atomic = Support::unknown;  ///< see PinnedRead
    Support proves = Support::unknown;          ///< see ProvenRead
    Support block_receipts = Support::unknown;  ///< eth_getBlockReceipts; else one by one
    Instant ask_for_proof{};                    ///< again from then on, if it does not
    Unprovable unprovable = Unprovable::no;     ///< why it does not
    bool is_alone = true;  ///< the chain has no other that could confirm what it tells
    RootDoubt root_doubt;
    Support logs_by_hash = Support::unknown;    ///< eth_getLogs of a block hash (EIP-234)
    Instant ask_logs_by_hash{};                 ///< again from then on, if it does not
    Instant ask_whole_blocks{};                 ///< again from then on, if it gives none
    LearnedLimit log_range;                     ///< blocks in one eth_getLogs
    TagMemory safe_tag, finalized_tag;
    Support receipts_by_plain_hash = Support::unknown;  ///< else as an EIP-1898 object
    bool identifying = false;                   ///< some task is at it

  private:
    Task<Result<Answers>> exchange(std::span<const Call> calls, const ResultReader& reader,
                                   Deadline by);
    Task<void> ask_again(std::span<const Call> calls, const ResultReader& reader, Answers& answers,
                         Deadline by);
    Task<Result<void>> wait_for_turn(std::size_t calls, Deadline by);
    Task<Result<Answers>> read(HttpAnswer& answer, std::size_t count, std::uint64_t first_id,
                               const ResultReader& reader);
    Result<Answers> judge(const HttpAnswer& answer, std::size_t count, Result<Answers> answers);
    void count(std::span<const Call> calls, const Result<Answers>& answers);
    telemetry::Counter& counter(std::string_view method, std::string_view outcome);

    Surroundings surroundings_;
    EndpointSettings settings_;
    std::string name_;
    std::unique_ptr<Transport> transport_;
    TokenBucket bucket_;
    EndpointHealth health_;
    LearnedLimit batch_;
    std::uint64_t next_id_ = 1;
    std::map<std::pair<std::string_view, std::string_view>, telemetry::Counter*> counters_;
    telemetry::Histogram& seconds_;
};

}  // namespace custodialbridge::rpc
