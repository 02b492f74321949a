/// The real adapters over HTTP(S) and WebSocket.
#pragma once

#include <memory>

#include "custodialbridge/rpc/head_feed.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "custodialbridge/rpc/settings.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/runtime/random.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::rpc {

/// Call the client from `executor`'s loop alone; it uses that loop for everything, but the parsing
/// of large answers when there is a `parse_pool`. All references, and the pool, must outlive the
/// client.
std::unique_ptr<RpcClient> make_rpc_client(Settings settings, runtime::Executor executor,
                                           runtime::Clock& clock, runtime::Random& random,
                                           telemetry::Registry& metrics,
                                           runtime::BlockingPool* parse_pool = nullptr);

/// One feed over the endpoints that have a `ws` URL; with none, `run` just waits for its
/// cancellation.
std::unique_ptr<HeadFeed> make_head_feed(Settings settings, runtime::Executor executor,
                                         runtime::Clock& clock, runtime::Random& random);

/// For `check --connect`: what one endpoint says of itself, or what is wrong with it (wrong chain
/// id too).
struct Probe {
    std::string endpoint;
    Result<BlockHeader> head;
};
runtime::Task<std::vector<Probe>> probe_endpoints(Settings settings, runtime::Executor executor,
                                                  runtime::Clock& clock, runtime::Deadline by);

}  // namespace custodialbridge::rpc
