#include <array>
#include <limits>
#include <map>
#include <set>

#include "custodialbridge/core/check.hpp"
#include "schema.hpp"
#include "url_check.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::uint64_t kReorgDepthMax = 10'000;
constexpr std::uint64_t kIdMax = std::numeric_limits<std::int64_t>::max();

constexpr std::array kIntegrities{
    Choice{"auto", static_cast<int>(sync::Integrity::best)},
    Choice{"receipts_root", static_cast<int>(sync::Integrity::receipts_root)},
    Choice{"bloom", static_cast<int>(sync::Integrity::bloom)},
    Choice{"none", static_cast<int>(sync::Integrity::none)}};
constexpr std::array kFinalities{Choice{"tags", static_cast<int>(sync::Finality::tags)},
                                 Choice{"depth", static_cast<int>(sync::Finality::depth)}};

Address well_known(std::string_view text) {
    const auto address = parse_address(text);
    CB_CHECK(address.has_value());
    return *address;
}

/// Multicall3 has the same address on almost every chain.
Address default_multicall3() {
    return well_known("0xcA11bde05977b3631167028862bE2a173976CA11");
}

/// ERC-4337 EntryPoint v0.7.
Address default_entry_point() {
    return well_known("0x0000000071727De22E5E9d8BAf0edAc6f37da032");
}

void read_endpoint(MapReader item, rpc::EndpointSettings& endpoint) {
    item.required("http", endpoint.http, [](const Scalar& scalar) {
        return url(scalar, {"http", "https"});
    });
    item.value("ws", endpoint.ws, [](const Scalar& scalar) -> Result<std::string> {
        if (scalar.text.empty()) return scalar.text;
        return url(scalar, {"ws", "wss"});
    });
    item.value("max_rps", endpoint.max_rps,
               [](const Scalar& scalar) { return decimal_number(scalar, 0, 1e6); });
    item.value("max_batch", endpoint.max_batch, in_range(1, 10'000));
    item.value("max_log_range", endpoint.max_log_range, in_range(0, 1'000'000'000));
    item.finish();
}

void read_endpoints(MapReader& chain, rpc::Settings& rpc) {
    if (!chain.require("rpc")) return;
    ListReader endpoints = chain.list("rpc");
    if (endpoints.is_blank()) chain.report_at("rpc", "must name at least one endpoint");
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        MapReader item = endpoints.map(i);
        rpc::EndpointSettings endpoint;
        read_endpoint(item, endpoint);
        if (!endpoint.http.empty()) {
            const auto [first, is_new] = seen.try_emplace(endpoint.http, i);
            if (!is_new)
                item.report_at("http", "the same endpoint as " + endpoints.path() + '[' +
                                           std::to_string(first->second) + ']');
        }
        rpc.endpoints.push_back(std::move(endpoint));
    }
    const bool given = chain.value("rpc_quorum", rpc.quorum, in_range(1, 100));
    if (given && !endpoints.is_blank() && rpc.quorum > rpc.endpoints.size())
        chain.report_at("rpc_quorum", "is more than the number of rpc endpoints, " +
                                          std::to_string(rpc.endpoints.size()));
}

Result<std::optional<BlockNumber>> start_block(const Scalar& scalar) {
    if (scalar.text == "latest") return std::optional<BlockNumber>();
    const auto number = whole_number(scalar, 0, kIdMax);
    if (number) return std::optional(BlockNumber{*number});
    return Error{Errc::invalid, shown(scalar) + " is neither latest nor a block number"};
}

void read_depths(MapReader& chain, ChainSettings& settings) {
    sync::ListenerSettings& listener = settings.listener;
    chain.value("confirmations", listener.confirmations, in_range(0, kReorgDepthMax));
    chain.value("reorg_depth", listener.reorg_depth, in_range(1, kReorgDepthMax));
    chain.value("realtime_confirmations", settings.realtime_confirmations,
                in_range(1, kReorgDepthMax));
    const std::string depth = std::to_string(listener.reorg_depth);
    if (listener.confirmations > listener.reorg_depth)
        chain.report_at(chain.has("confirmations") ? "confirmations" : "reorg_depth",
                        std::to_string(listener.confirmations) +
                            " confirmations are more than the reorg_depth, " + depth);
    if (settings.realtime_confirmations > listener.reorg_depth)
        chain.report_at("realtime_confirmations", "is more than the reorg_depth, " + depth);
}

void read_entry_points(ListReader list, std::vector<Address>& out) {
    constexpr std::size_t kEntryPointsMax = 16;
    std::set<Address> seen;
    list.each(address, [&](const Address& entry_point, std::size_t index) {
        if (entry_point.is_zero()) return list.report_at(index, "the zero address");
        if (!seen.insert(entry_point).second)
            return list.report_at(index, "this address is listed twice");
        if (out.size() == kEntryPointsMax) return list.report_at(index, "more than 16");
        out.push_back(entry_point);
    });
}

/// What the endpoints are asked for, so that the listener can show what it promises.
rpc::Proof proof_for(sync::Integrity integrity) {
    switch (integrity) {
        case sync::Integrity::best:
            return rpc::Proof::automatic;
        case sync::Integrity::receipts_root:
            return rpc::Proof::required;
        case sync::Integrity::bloom:
        case sync::Integrity::none:
            return rpc::Proof::none;
    }
    return rpc::Proof::automatic;
}

void read_listener(MapReader& chain, ChainSettings& settings) {
    sync::ListenerSettings& listener = settings.listener;
    chain.value("integrity", listener.integrity, [](const Scalar& scalar) {
        return one_of_as<sync::Integrity>(scalar, kIntegrities);
    });
    settings.rpc.proof = proof_for(listener.integrity);
    chain.value("start_block", listener.start_block, start_block);
    chain.value("finality", listener.finality, [](const Scalar& scalar) {
        return one_of_as<sync::Finality>(scalar, kFinalities);
    });
    read_depths(chain, settings);
    settings.rpc.multicall3 = default_multicall3();
    chain.value("multicall3", settings.rpc.multicall3, address);
    if (chain.has("entry_points")) {
        read_entry_points(chain.list("entry_points"), listener.entry_points);
    } else {
        chain.list("entry_points");
        listener.entry_points = {default_entry_point()};
    }
}

struct Seen {
    std::map<ChainId, std::size_t> ids;
    std::map<std::string, std::size_t> names;
};

void read_identity(MapReader& chain, std::size_t index, Seen& seen, ChainSettings& settings) {
    const auto first_path = [](std::size_t first) {
        return "chains[" + std::to_string(first) + ']';
    };
    const bool known = chain.required("chain_id", settings.chain.value, in_range(1, kIdMax));
    if (known) {
        const auto [first, is_new] = seen.ids.try_emplace(settings.chain, index);
        if (!is_new)
            chain.report_at("chain_id", "the same chain_id as " + first_path(first->second));
    }
    if (chain.value("name", settings.name, name)) {
        const auto [first, is_new] = seen.names.try_emplace(settings.name, index);
        if (!is_new) chain.report_at("name", "the same name as " + first_path(first->second));
    } else if (!chain.has("name")) {
        settings.name = "chain-" + std::to_string(settings.chain.value);
    }
    settings.rpc.chain = settings.chain;
    settings.listener.chain = settings.chain;
}

}  // namespace

void read_chains(ListReader chains, Settings& settings) {
    Seen seen;
    for (std::size_t i = 0; i < chains.size(); ++i) {
        MapReader item = chains.map(i);
        ChainSettings chain;
        read_identity(item, i, seen, chain);
        read_endpoints(item, chain.rpc);
        read_listener(item, chain);
        read_tokens(item.list("tokens"), settings, chain);
        item.finish();
        settings.chains.push_back(std::move(chain));
    }
}

}  // namespace custodialbridge::config
