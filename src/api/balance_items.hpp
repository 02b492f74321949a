/// The body of a query for many balances.
#pragma once

#include <vector>

#include "custodialbridge/core/balance.hpp"
#include "problem.hpp"
#include "request.hpp"

namespace custodialbridge::api {

struct BalanceItems {
    std::vector<Checked<BalanceKey>> keys;  ///< each item's, or what is wrong with it
    bool realtime = false;
};

/// {"items":[{user_id, chain_id, token_id}…], "realtime"?: true|false}. Fails when the body as a
/// whole is not of that shape, or has too many items.
Checked<BalanceItems> parse_balance_items(const Request& request);

}  // namespace custodialbridge::api
