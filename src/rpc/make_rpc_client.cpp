#include "custodialbridge/rpc/make_rpc_client.hpp"

#include "chain_calls.hpp"
#include "http_pool.hpp"
#include "pool_rpc_client.hpp"
#include "web_socket_feed.hpp"

namespace custodialbridge::rpc {

namespace {

/// Stands for an endpoint whose URL cannot be used.
class NoTransport final : public Transport {
  public:
    explicit NoTransport(Error error) : error_(std::move(error)) {}
    Task<Result<HttpAnswer>> post(std::string, Deadline) override { co_return error_; }

  private:
    Error error_;
};

std::unique_ptr<Transport> make_transport(const EndpointSettings& endpoint,
                                          const Settings& settings, runtime::Clock& clock) {
    auto url = parse_url(endpoint.http);
    if (!url) return std::make_unique<NoTransport>(url.error());
    if (url->web_socket)
        return std::make_unique<NoTransport>(Error(Errc::invalid, "not an http URL"));
    return std::make_unique<HttpPool>(std::move(*url), settings.connect_timeout, clock);
}

std::unique_ptr<Endpoint> make_endpoint(const EndpointSettings& endpoint, const Settings& settings,
                                        Surroundings surroundings) {
    auto transport = make_transport(endpoint, settings, surroundings.clock);
    return std::make_unique<Endpoint>(surroundings, endpoint, std::move(transport));
}

Task<Result<BlockHeader>> head_of(Endpoint& endpoint, Deadline by) {
    CB_CO_CHECKED(co_await endpoint.identify(by));
    co_return co_await tagged_header(endpoint, BlockTag::latest, by);
}

}  // namespace

std::unique_ptr<RpcClient> make_rpc_client(Settings settings, runtime::Executor,
                                           runtime::Clock& clock, runtime::Random& random,
                                           telemetry::Registry& metrics,
                                           runtime::BlockingPool* parse_pool) {
    const Surroundings surroundings{settings.chain, clock, random, metrics, parse_pool};
    std::vector<std::unique_ptr<Endpoint>> endpoints;
    for (const EndpointSettings& endpoint : settings.endpoints)
        endpoints.push_back(make_endpoint(endpoint, settings, surroundings));
    return std::make_unique<PoolRpcClient>(std::move(endpoints), settings, clock);
}

std::unique_ptr<HeadFeed> make_head_feed(Settings settings, runtime::Executor,
                                         runtime::Clock& clock, runtime::Random& random) {
    return std::make_unique<WebSocketFeed>(settings, clock, random);
}

Task<std::vector<Probe>> probe_endpoints(Settings settings, runtime::Executor,
                                         runtime::Clock& clock, Deadline by) {
    telemetry::Registry metrics;
    runtime::SeededRandom random(runtime::fresh_seed());
    const Surroundings surroundings{settings.chain, clock, random, metrics, nullptr};
    std::vector<Probe> probes;
    for (std::size_t i = 0; i < settings.endpoints.size(); ++i) {
        const auto endpoint = make_endpoint(settings.endpoints[i], settings, surroundings);
        const auto share = by.left(clock) / static_cast<int>(settings.endpoints.size() - i);
        const Deadline attempt = Deadline{clock.now() + share}.at_most(
            clock, settings.connect_timeout + settings.call_timeout);
        auto head = co_await head_of(*endpoint, attempt);
        probes.push_back(Probe{endpoint->name(), std::move(head)});
    }
    co_return std::move(probes);
}

}  // namespace custodialbridge::rpc
