#include "routes.hpp"

#include <algorithm>

#include "custodialbridge/core/limits.hpp"
#include "handlers.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::string_view kBalance = "/v1/users/{user_id}/balances/{chain_id}/{token_id}";
constexpr std::string_view kWallet = "/v1/users/{user_id}/wallets/{chain_id}/{address}";

constexpr std::string_view kImport = "/v1/wallets/import";

constexpr std::array kRoutes{
    Route{Method::get, kBalance, Scope::read, "realtime confirmations finality at_block", nullptr,
          get_balance},
    Route{Method::get, "/v1/users/{user_id}/balances", Scope::read, "chain_id limit cursor",
          nullptr, list_balances},
    Route{Method::post, "/v1/balances/query", Scope::read, "", nullptr, query_balances},
    Route{Method::put, kWallet, Scope::write, "", nullptr, put_wallet},
    Route{Method::del, kWallet, Scope::write, "", nullptr, delete_wallet},
    Route{Method::get, "/v1/users/{user_id}/wallets", Scope::read, "chain_id limit cursor", nullptr,
          list_wallets},
    Route{Method::post, kImport, Scope::write, "", nullptr, import_wallets,
          limits::kImportBodyBytesMax},
    Route{Method::get, "/v1/users/{user_id}/nfts", Scope::read, "chain_id limit cursor", nullptr,
          list_nfts},
    Route{Method::get, "/v1/users/{user_id}/changes", Scope::read,
          "chain_id token_id include_orphaned limit cursor", nullptr, list_changes},
    Route{Method::get, "/v1/events", Scope::read,
          "chain_id event_type address from_block limit cursor", nullptr, list_events},
    Route{Method::get, "/v1/tokens", Scope::read, "chain_id limit cursor", list_tokens},
    Route{Method::put, "/v1/tokens/{chain_id}/{token_id}", Scope::admin, "", nullptr, put_token},
    Route{Method::get, "/v1/admin/status", Scope::admin, "", get_status},
    Route{Method::post, "/v1/admin/chains/{chain_id}/resume", Scope::admin, "", nullptr,
          resume_chain},
    Route{Method::get, "/livez", std::nullopt, "", get_livez},
    Route{Method::get, "/readyz", std::nullopt, "", get_readyz},
    Route{Method::get, "/metrics", std::nullopt, "", get_metrics},
    Route{Method::get, "/openapi.json", std::nullopt, "", get_openapi},
    Route{Method::get, "/", std::nullopt, "", get_index},
};

constexpr std::size_t kBalanceRoute = 0;
static_assert(kRoutes[kBalanceRoute].later == get_balance);

// Compares segment by segment; what stands for {…} goes to `parameters`.
bool matches(std::string_view pattern, const std::vector<std::string>& segments,
             std::array<std::string_view, 4>& parameters) {
    std::size_t taken = 0;
    pattern.remove_prefix(1);
    for (const std::string& segment : segments) {
        if (pattern.empty()) return false;
        const auto end = std::min(pattern.find('/'), pattern.size());
        const auto piece = pattern.substr(0, end);
        pattern.remove_prefix(std::min(end + 1, pattern.size()));
        if (piece.starts_with('{'))
            parameters[taken++] = segment;
        else if (piece != segment)
            return false;
    }
    return pattern.empty();
}

bool answers(const Route& route, Method method) {
    return route.method == method || (route.method == Method::get && method == Method::head);
}

void allow(std::string& list, Method method) {
    if (!list.empty()) list += ", ";
    list += to_string(method);
    if (method == Method::get) list += ", HEAD";
}

}  // namespace

std::span<const Route> routes() { return kRoutes; }

std::size_t unrouted() { return kRoutes.size(); }

std::vector<std::string> route_labels() {
    std::vector<std::string> labels;
    for (const Route& route : kRoutes) labels.emplace_back(route.pattern);
    labels.emplace_back("other");
    return labels;
}

std::size_t balance_route() { return kBalanceRoute; }

std::size_t body_max_of(Method method, std::string_view target, std::size_t usual) {
    const std::string_view path = target.substr(0, target.find('?'));
    for (const Route& route : kRoutes)
        if (route.method == method && route.pattern == path) return std::max(route.body_max, usual);
    return usual;
}

Checked<std::size_t> find_route(Call& call) {
    std::string allowed;
    for (std::size_t i = 0; i < kRoutes.size(); ++i) {
        const Route& route = kRoutes[i];
        if (!matches(route.pattern, call.target.segments, call.parameters)) continue;
        if (answers(route, call.request.method)) return i;
        allow(allowed, route.method);
    }
    if (allowed.empty()) return Problem(problems::kNotFound, "there is nothing at this path");
    Problem problem(problems::kMethodNotAllowed, "this path answers to " + allowed);
    problem.allow = std::move(allowed);
    return problem;
}

}  // namespace custodialbridge::api
