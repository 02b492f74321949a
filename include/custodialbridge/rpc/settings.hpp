/// How a chain's endpoints are reached.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::rpc {

struct EndpointSettings {
    std::string http;                 ///< http:// or https:// URL; user:password@ is sent as Basic
    std::string ws;                   ///< ws:// or wss:// URL; empty: polling only
    double max_rps = 0;               ///< requests a second; 0: no limit of ours
    std::uint32_t max_batch = 100;    ///< calls in one JSON-RPC batch
    std::uint64_t max_log_range = 0;  ///< blocks in one eth_getLogs; 0: learned
    friend bool operator==(const EndpointSettings&, const EndpointSettings&) = default;
};

/// Whether a block's logs are proven by its receipts (eth_getBlockReceipts).
enum class Proof : std::uint8_t {
    automatic,  ///< where the endpoint and the chain can; else the logs are what eth_getLogs claims
    required,   ///< nothing else is taken
    none        ///< never asked for
};

struct Settings {
    ChainId chain;
    std::vector<EndpointSettings> endpoints;  ///< in order of preference
    std::uint32_t quorum = 1;
    Proof proof = Proof::automatic;
    Address multicall3;                       ///< zero: batched calls
    Millis call_timeout{10'000};
    Millis connect_timeout{3'000};
    friend bool operator==(const Settings&, const Settings&) = default;
};

}  // namespace custodialbridge::rpc
