#include "http_pool.hpp"

#include <utility>

#include "custodialbridge/runtime/within.hpp"
#include "dial.hpp"

namespace custodialbridge::rpc {

using runtime::Deadline;
using runtime::Task;

HttpPool::HttpPool(Url url, Millis connect_timeout, runtime::Clock& clock)
    : url_(std::move(url)), connect_timeout_(connect_timeout), clock_(clock) {}

HttpPool::~HttpPool() = default;

Task<Result<HttpAnswer>> HttpPool::post(std::string body, Deadline by) {
    return runtime::within(clock_, by, "HTTP", exchange(std::move(body), by));
}

Task<Result<HttpAnswer>> HttpPool::exchange(std::string body, Deadline by) {
    const Slots::Lease lease = co_await slots_.take();
    if (auto connection = take_idle()) {
        auto answer = co_await connection->exchange(body);
        if (answer || !connection->was_stale()) {
            keep(std::move(connection));
            co_return std::move(answer);
        }
    }
    CB_CO_TRY(connection, co_await connect(by));
    auto answer = co_await connection->exchange(body);
    keep(std::move(connection));
    co_return std::move(answer);
}

Task<Result<std::unique_ptr<HttpConnection>>> HttpPool::connect(Deadline by) {
    if (url_.tls && !tls_) tls_ = make_tls_context();
    const Deadline connected_by = by.at_most(clock_, connect_timeout_);
    return runtime::within(clock_, connected_by, "connecting", connect_http(url_, tls_.get()));
}

std::unique_ptr<HttpConnection> HttpPool::take_idle() {
    if (idle_.empty()) return nullptr;
    Idle newest = std::move(idle_.back());
    idle_.pop_back();
    if (clock_.now() - newest.since > kIdleMax) {
        idle_.clear();  // the others are older still
        return nullptr;
    }
    return std::move(newest.connection);
}

void HttpPool::keep(std::unique_ptr<HttpConnection> connection) {
    if (!connection->reusable()) return;
    idle_.push_back(Idle{std::move(connection), clock_.now()});
}

}  // namespace custodialbridge::rpc
