#include <algorithm>
#include <limits>

#include "fields.hpp"
#include "handlers.hpp"
#include "json_body.hpp"
#include "json_text.hpp"
#include "openapi.hpp"

namespace custodialbridge::api {
namespace {

using runtime::Deadline;
using runtime::Task;
using telemetry::HealthCheck;
using telemetry::Weight;

constexpr std::string_view kIndexPage = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>CustodialBridge</title>
<h1>CustodialBridge</h1>
<p>This daemon answers balance queries over REST. The operations console is not built yet.</p>
<ul>
<li><a href="/readyz">/readyz</a>: is it ready, and what is degraded</li>
<li><a href="/livez">/livez</a>: is it alive</li>
<li><a href="/metrics">/metrics</a>: Prometheus metrics</li>
<li><a href="/openapi.json">/openapi.json</a>: every route, described (OpenAPI 3.1)</li>
</ul>
</html>
)";

void write_endpoint(JsonText& json, const EndpointReport& endpoint) {
    json.open_object();
    json.member("name", endpoint.name);
    json.member("healthy", endpoint.healthy);
    json.member("head", endpoint.head);
    json.member("latency_ms", endpoint.latency_ms);
    json.member("error_rate", endpoint.error_rate);
    json.close_object();
}

void write_chain(JsonText& json, const ChainReport& chain) {
    json.open_object();
    json.member("chain_id", chain.chain.value);
    json.member("name", chain.name);
    json.member("state", chain.state);
    json.member("head", chain.head);
    json.member("cursor", chain.cursor);
    json.member("safe", chain.safe);
    json.member("finalized", chain.finalized);
    json.member("lag_seconds", chain.lag_seconds);
    json.member("coverage", chain.coverage);
    json.member("completeness", chain.completeness);
    json.key("endpoints");
    json.open_list();
    for (const auto& endpoint : chain.endpoints) write_endpoint(json, endpoint);
    json.close_list();
    json.close_object();
}

void write_check(JsonText& json, const HealthCheck& check) {
    json.open_object();
    json.member("name", check.name);
    json.member("ok", check.ok);
    json.member("detail", check.detail);
    json.close_object();
}

// The board's, and the server's own: a draining server is not ready.
std::vector<HealthCheck> checks_of(const Desk& desk) {
    auto checks = desk.services().health.checks();
    HealthCheck server;
    server.name = "api";
    server.ok = !desk.draining();
    server.detail = server.ok ? "serving" : "draining";
    checks.push_back(std::move(server));
    return checks;
}

/// {"from_block": number}.
Checked<BlockNumber> parse_from_block(const Request& request) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    std::optional<BlockNumber> from;
    CB_TRY(body, flat_object(request));
    for (const auto& [name, value] : body.items()) {
        if (name != "from_block") return bad_body(shown(name) + ": no such field here");
        if (!value.is_number_unsigned() || value.template get<std::uint64_t>() > most)
            return bad_body("from_block: must be a number from 0 to 2^63-1");
        from = BlockNumber{value.template get<std::uint64_t>()};
    }
    if (!from) return bad_body("from_block: is needed");
    return *from;
}

/// Leaves some of the request's time to withdraw an order that nobody takes up.
Deadline for_taking_up(const Desk& desk, Deadline by) {
    const auto rest = by.left(desk.services().clock) / 4;
    return {by.at - std::min<std::chrono::nanoseconds>(rest, Millis{2'500})};
}

Problem resume_problem(const Error& error) {
    if (error.code() == Errc::refused) return {problems::kResumeRefused, error.message()};
    return problem_of(error, problems::kUnknownChain, problems::kUnavailable);
}

}  // namespace

Task<Outcome> resume_chain(Desk& desk, const Call& call) {
    CB_CO_TRY(chain, chain_field(call.parameters[0]));
    CB_CO_TRY(from, parse_from_block(call.request));
    const Deadline taken_up_by = for_taking_up(desk, call.by);
    const auto done = co_await desk.services().resumes.resume(chain, from, taken_up_by, call.by);
    if (!done) co_return resume_problem(done.error());
    const StatusReport report = desk.services().status.status();
    Answer answer;
    JsonText json(answer.body);
    for (const ChainReport& one : report.chains)
        if (one.chain == chain) write_chain(json, one);
    co_return answer;
}

Outcome get_status(Desk& desk, const Call&) {
    const StatusReport report = desk.services().status.status();
    Answer answer;
    JsonText json(answer.body);
    json.open_object();
    json.member("version", CB_VERSION);
    json.member("uptime_seconds", report.uptime_seconds);
    json.member("database", report.database);
    json.member("redis", report.redis);
    json.key("chains");
    json.open_list();
    for (const auto& chain : report.chains) write_chain(json, chain);
    json.close_list();
    json.key("queues");
    json.open_object();
    json.member("retry", report.retry_queue);
    json.member("dead_letters", report.dead_letters);
    json.member("outbox", report.outbox);
    json.close_object();
    json.close_object();
    return answer;
}

Outcome get_livez(Desk&, const Call&) {
    Answer answer;
    answer.body = R"({"live":true})";
    return answer;
}

Outcome get_readyz(Desk& desk, const Call&) {
    const bool ready = desk.services().health.ready() && !desk.draining();
    const auto checks = checks_of(desk);
    Answer answer;
    answer.status = ready ? 200 : 503;
    if (!ready) answer.headers = "Retry-After: 1\r\n";
    JsonText json(answer.body);
    json.open_object();
    json.member("ready", ready);
    json.key("checks");
    json.open_list();
    for (const auto& check : checks) write_check(json, check);
    json.close_list();
    json.key("degraded");
    json.open_list();
    for (const auto& check : checks)
        if (!check.ok && check.weight == Weight::helpful) json.value(check.name);
    json.close_list();
    json.close_object();
    return answer;
}

Outcome get_metrics(Desk& desk, const Call&) {
    Answer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = desk.services().metrics.render();
    return answer;
}

Outcome get_openapi(Desk&, const Call&) {
    Answer answer;
    answer.body = openapi_text();
    return answer;
}

Outcome get_index(Desk&, const Call&) {
    Answer answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = kIndexPage;
    return answer;
}

}  // namespace custodialbridge::api
