/// The route table: every path, its methods, scopes and handlers.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/runtime/task.hpp"
#include "desk.hpp"

namespace custodialbridge::api {

struct Route {
    Method method;
    std::string_view pattern;    ///< "/v1/users/{user_id}/wallets"; also its label in metrics
    std::optional<Scope> scope;  ///< none: open to all
    std::string_view query;      ///< the query parameters that it knows, blank-separated

    /// One of the two: answers at once, or may wait. `later`'s arguments outlive its task.
    Outcome (*now)(Desk&, const Call&) = nullptr;
    runtime::Task<Outcome> (*later)(Desk&, const Call&) = nullptr;

    std::size_t body_max = 0;  ///< bytes, where that is more than the usual
};

std::span<const Route> routes();

/// The number under which requests count that no route answered, and the labels of all numbers.
std::size_t unrouted();
std::vector<std::string> route_labels();

/// The number of GET balance in the table.
std::size_t balance_route();

/// How large a body may be: asked before the rest of a request is there.
std::size_t body_max_of(Method method, std::string_view target, std::size_t usual);

/// Finds the route of `call` and fills its parameters. HEAD goes where GET goes.
Checked<std::size_t> find_route(Call& call);

}  // namespace custodialbridge::api
