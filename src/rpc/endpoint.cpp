#include "endpoint.hpp"

#include <algorithm>

#include "custodialbridge/core/hex.hpp"
#include "json_value.hpp"
#include "rpc_errors.hpp"
#include "url.hpp"

namespace custodialbridge::rpc {

namespace {

constexpr std::size_t kParseOnLoopBytesMax = 128 * 1024;  // larger answers would hold up the loop

constexpr unsigned kTooLarge = 413;
constexpr std::size_t kBatchThatMayBeTooLarge = 3;  // else it is what was asked for

/// But not all.
bool most_say_something(const Answers& answers) {
    const auto silent = static_cast<std::size_t>(
        std::count(answers.said_nothing.begin(), answers.said_nothing.end(), true));
    return silent > 0 && 2 * silent < answers.said_nothing.size();
}

telemetry::Histogram& seconds_of(const Surroundings& surroundings, const std::string& name) {
    return surroundings.metrics.histogram(
        "rpc_request_seconds", "Time of an exchange with an endpoint", telemetry::latency_bounds(),
        {{"chain_id", std::to_string(surroundings.chain.value)}, {"endpoint", name}});
}

}  // namespace

Endpoint::Endpoint(Surroundings surroundings, EndpointSettings settings,
                   std::unique_ptr<Transport> transport)
    : log_range(settings.max_log_range),
      surroundings_(surroundings),
      settings_(std::move(settings)),
      name_(name_of(settings_.http)),
      transport_(std::move(transport)),
      bucket_(settings_.max_rps),
      batch_(std::max<std::uint32_t>(1, settings_.max_batch)),
      seconds_(seconds_of(surroundings_, name_)) {}

Task<Result<Endpoint::Outcomes>> Endpoint::send(std::vector<Call> calls, ResultReader reader,
                                                Deadline by) {
    Outcomes outcomes;
    outcomes.reserve(calls.size());
    while (outcomes.size() < calls.size()) {
        const std::size_t done = outcomes.size();
        const std::size_t count = std::min<std::size_t>(batch_.most(), calls.size() - done);
        const std::span<const Call> batch = std::span(calls).subspan(done, count);
        const ResultReader shifted = [&reader, done](std::size_t call, JsonValue& result) {
            return reader(done + call, result);
        };
        auto answers = co_await exchange(batch, shifted, by);
        if (!answers) co_return answers.error().at(name_);
        if (answers->batch_refused && batch.size() > 1) {
            batch_.refused(batch.size());
            continue;
        }
        batch_.took(batch.size());
        if (most_say_something(*answers)) co_await ask_again(batch, shifted, *answers, by);
        for (auto& outcome : answers->outcomes)
            outcomes.push_back(outcome ? std::move(outcome) : outcome.error().at(name_));
    }
    co_return std::move(outcomes);
}

/// What fails again keeps its first error.
Task<void> Endpoint::ask_again(std::span<const Call> calls, const ResultReader& reader,
                               Answers& answers, Deadline by) {
    if (!health_.usable(now())) co_return;
    std::vector<std::size_t> which;
    std::vector<Call> some;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (!answers.said_nothing[i]) continue;
        which.push_back(i);
        some.push_back(calls[i]);
    }
    const ResultReader mapped = [&reader, &which](std::size_t call, JsonValue& result) {
        return reader(which[call], result);
    };
    auto again = co_await exchange(some, mapped, by);
    if (!again) co_return;
    for (std::size_t i = 0; i < which.size(); ++i)
        if (!again->said_nothing[i]) answers.outcomes[which[i]] = std::move(again->outcomes[i]);
}

Task<Result<Answers>> Endpoint::exchange(std::span<const Call> calls, const ResultReader& reader,
                                         Deadline by) {
    CB_CO_CHECKED(co_await wait_for_turn(calls.size(), by));
    const std::uint64_t first_id = std::exchange(next_id_, next_id_ + calls.size());
    const Instant began = now();
    auto posted = co_await transport_->post(encode_calls(calls, first_id), by);
    Result<Answers> answers = Error(Errc::unavailable, "no answer");
    if (!posted) {
        answers = posted.error();
    } else {
        auto read_result = co_await read(*posted, calls.size(), first_id, reader);
        answers = judge(*posted, calls.size(), std::move(read_result));
    }
    const auto took = now() - began;
    seconds_.observe(std::chrono::duration<double>(took).count());
    count(calls, answers);
    if (answers) health_.answered(took);
    co_return std::move(answers);
}

Task<Result<void>> Endpoint::wait_for_turn(std::size_t calls, Deadline by) {
    const auto wanted = static_cast<double>(calls);
    for (;;) {
        const Instant ready = bucket_.ready_at(now(), wanted);
        if (ready <= now()) break;
        if (ready >= by.at) {
            health_.hold_until(ready);
            co_return Error(Errc::unavailable, "no turn in time: its rate is limited");
        }
        co_await surroundings_.clock.sleep_until(ready);
    }
    bucket_.take(wanted);
    co_return Result<void>();
}

Task<Result<Answers>> Endpoint::read(HttpAnswer& answer, std::size_t count, std::uint64_t first_id,
                                     const ResultReader& reader) {
    if (surroundings_.parse_pool && answer.body.size() > kParseOnLoopBytesMax) {
        bool ran = false;
        auto parse = [&] {
            ran = true;
            return read_answers(answer.body, count, first_id, reader);
        };
        auto answers = co_await surroundings_.parse_pool->run(parse);
        if (ran) co_return std::move(answers);
    }
    co_return read_answers(answer.body, count, first_id, reader);
}

/// Some nodes send a JSON-RPC error with an HTTP status of its own: the error says more. A body
/// that is no JSON-RPC answer is judged by the status.
Result<Answers> Endpoint::judge(const HttpAnswer& answer, std::size_t count,
                                Result<Answers> answers) {
    const bool good_status = answer.status >= 200 && answer.status < 300;
    const Fault by_status = classify_http_status(answer.status);
    const bool rate = (answers && answers->rate_limited) || answer.status == 429;
    if (rate) {
        health_.rate_limited(now(), answer.retry_after);
        bucket_.refused(now());
    }
    if (good_status) return answers;
    const bool said_why =
        answers && std::none_of(answers->outcomes.begin(), answers->outcomes.end(),
                                [](const auto& outcome) { return outcome.has_value(); });
    if (said_why && answer.status != 429) return answers;
    const Error error(errc_of(by_status), "HTTP status " + std::to_string(answer.status));
    if (answer.status != kTooLarge || count < kBatchThatMayBeTooLarge) return error;
    Answers refused;  // the request, most likely: of a smaller batch each call is answered
    refused.outcomes.assign(count, error);
    refused.said_nothing.assign(count, true);
    refused.batch_refused = true;
    return refused;
}

void Endpoint::count(std::span<const Call> calls, const Result<Answers>& answers) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const Result<void> outcome = answers ? answers->outcomes[i] : answers.error();
        counter(calls[i].method, outcome ? "ok" : to_string(outcome.error().code())).add();
    }
}

telemetry::Counter& Endpoint::counter(std::string_view method, std::string_view outcome) {
    telemetry::Counter*& known = counters_[{method, outcome}];
    if (!known)
        known = &surroundings_.metrics.counter(
            "rpc_requests_total", "JSON-RPC calls by method and outcome",
            {{"chain_id", std::to_string(surroundings_.chain.value)},
             {"endpoint", name_},
             {"method", std::string(method)},
             {"outcome", std::string(outcome)}});
    return *known;
}

Task<Result<void>> Endpoint::identify(Deadline by) {
    std::optional<std::uint64_t> chain;
    ResultReader reader = [&chain](std::size_t, JsonValue& result) -> Result<void> {
        chain = read_quantity(result.raw());
        if (!chain) return malformed("eth_chainId");
        return {};
    };
    std::vector<Call> calls(1, Call{"eth_chainId", "[]"});
    CB_CO_TRY(outcomes, co_await send(std::move(calls), std::move(reader), by));
    CB_CO_CHECKED(all_of(outcomes));
    if (*chain != surroundings_.chain.value) {
        const Error wrong(Errc::refused, name_ + ": is on chain " + std::to_string(*chain) +
                                             ", not on " +
                                             std::to_string(surroundings_.chain.value));
        health_.on_wrong_chain(now(), wrong);
        co_return wrong;
    }
    health_.identified();
    co_return Result<void>();
}

}  // namespace custodialbridge::rpc
