#include "conversation.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "custodialbridge/telemetry/log.hpp"
#include "handlers.hpp"
#include "routes.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::size_t kOutputBytesMax = 64 * 1024;  // pipelined answers that wait to be sent
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Answer answer_of(const std::exception_ptr& failure, std::string_view route) {
    std::string why = "unknown";
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted)
            return answer_of(Problem(problems::kUnavailable, "the request was not done in time"));
        why = error.what();
    } catch (const std::exception& error) {
        why = error.what();
    } catch (...) {
        why = "not an exception of ours";
    }
    telemetry::log(telemetry::LogLevel::error, "request failed",
                   {{"route", route}, {"error", why}});
    return answer_of(
        Problem(problems::kInternal, "the request could not be served; the log says why"));
}

// A coroutine's result as an answer: what co_spawn hands over must be an ordinary value.
runtime::Task<Answer> run_later(Desk& desk, const Route& route, const Call& call) {
    Outcome outcome = co_await route.later(desk, call);
    if (!outcome) co_return answer_of(outcome.error());
    co_return std::move(*outcome);
}

}  // namespace

Conversation::Conversation(Desk& desk) : desk_(desk), reader_(body_max_of) {}

Step Conversation::advance(std::string& out) {
    if (last_) return Step::close;
    started_ = desk_.now();
    for (;;) {
        if (out.size() >= kOutputBytesMax) return Step::flush;
        using Next = RequestReader::Next;
        const Next next = reader_.next(desk_.settings().max_body);
        if (next == Next::bad) {
            refuse(reader_.problem(), out);
            return Step::close;
        }
        if (next != Next::request) {
            if (next == Next::body && reader_.continue_wanted()) out += kContinue;
            awaited_ = next == Next::nothing ? Awaited::request
                       : next == Next::head  ? Awaited::head
                                             : Awaited::body;
            return Step::read;
        }
        ++requests_;
        if (!answer_next(out)) return Step::run;
        if (last_) return Step::close;
        started_ = desk_.recent();
    }
}

// False when the request must wait for its task.
bool Conversation::answer_next(std::string& out) {
    if (answer_locally(out)) return true;
    route_ = unrouted();
    call_.emplace();
    Outcome outcome = begin_call();
    if (waiting_) return false;
    finish(outcome ? *outcome : answer_of(outcome.error()), out);
    return true;
}

bool Conversation::answer_locally(std::string& out) {
    const Request& request = reader_.request();
    if (request.method != Method::get) return false;
    const auto asking = caller();
    PlainKey key;
    if (!asking || !find_local_balance(desk_, request.target, key)) return false;
    route_ = balance_route();
    if (const auto spent = desk_.spend_request(*asking); !spent) {
        finish(answer_of(spent.error()), out);
        return true;
    }
    const Connection ending = connection();
    const unsigned status = append_local_balance(desk_, key, request.if_none_match, ending, out);
    last_ = ending == Connection::close;
    desk_.count(route_, status, started_);
    reader_.consume();
    return true;
}

/// The answer, when there is one at once; else `waiting_`.
Outcome Conversation::begin_call() {
    Call& call = *call_;
    call.request = reader_.request();
    CB_TRY(target, parse_target(call.request.target));
    call.target = std::move(target);
    CB_TRY(route_number, find_route(call));
    route_ = route_number;
    const Route& route = routes()[route_];
    if (route.scope) CB_CHECKED(admit(*route.scope));
    CB_CHECKED(call.query().only(route.query));
    if (route.now != nullptr) return route.now(desk_, call);
    call.by = runtime::Deadline{started_ + desk_.settings().request_timeout};
    waiting_ = true;
    return Answer{};
}

std::optional<Caller> Conversation::caller() {
    const Policy& policy = desk_.policy();
    if (!policy.settings.keys_required)
        return Caller{Scope::admin, policy.settings.keys.size(), policy.generation};
    const Request& request = reader_.request();
    if (!request.has_authorization) return std::nullopt;
    return memo_.caller_of(policy, request.authorization);
}

Checked<void> Conversation::admit(Scope needed) {
    const auto asking = caller();
    if (!asking)
        return Problem(problems::kUnauthorized, reader_.request().has_authorization
                                                    ? "the API key is not known"
                                                    : "send Authorization: Bearer KEY");
    if (asking->scope < needed)
        return Problem(problems::kForbidden, needed == Scope::admin ? "the scope admin is needed"
                                                                    : "the scope write is needed");
    call_->caller = *asking;
    return desk_.spend_request(*asking);
}

runtime::Task<Answer> Conversation::running_task() {
    return run_later(desk_, routes()[route_], *call_);
}

void Conversation::answered(std::exception_ptr failure, Answer answer, std::string& out) {
    waiting_ = false;
    if (failure) answer = answer_of(failure, routes()[route_].pattern);
    finish(answer, out);
}

void Conversation::finish(const Answer& answer, std::string& out) {
    const Connection ending = connection();
    const bool head_only = reader_.request().method == Method::head;
    append_answer(out, answer, ending, head_only, desk_.date());
    last_ = ending == Connection::close;
    desk_.count(route_, answer.status, started_);
    call_.reset();
    reader_.consume();
}

void Conversation::refuse(const Problem& problem, std::string& out) {
    append_answer(out, answer_of(problem), Connection::close, false, desk_.date());
    last_ = true;
    desk_.count(unrouted(), problem.type->status, started_);
}

void Conversation::give_up(std::string& out) {
    started_ = desk_.now();
    refuse(Problem(problems::kRequestTimeout, awaited_ == Awaited::body
                                                  ? "the body did not come in time"
                                                  : "the request's head did not come in time"),
           out);
}

Connection Conversation::connection() {
    const Request& request = reader_.request();
    const bool enough = desk_.draining() && !reader_.has_more();
    if (!request.keep_alive || enough) return Connection::close;
    return request.http_1_0 ? Connection::keep_http_1_0 : Connection::keep;
}

}  // namespace custodialbridge::api
