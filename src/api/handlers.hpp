/// What the routes do. Each handler is given a call whose scope and query names were checked.
#pragma once

#include <string_view>

#include "custodialbridge/runtime/task.hpp"
#include "desk.hpp"

namespace custodialbridge::api {

// balance_route.cpp
struct PlainKey {
    std::string_view user;
    ChainId chain;
    TokenId token;
};

/// The hot path: GET of a balance in the plainest form that the local tier has; it is then the
/// desk's view. False: it must go the long way.
bool find_local_balance(Desk& desk, std::string_view target, PlainKey& key);

/// Answers with the desk's view; 304 when `if_none_match` names it.
unsigned append_local_balance(Desk& desk, const PlainKey& key, std::string_view if_none_match,
                              Connection connection, std::string& out);
runtime::Task<Outcome> get_balance(Desk& desk, const Call& call);

// balances_routes.cpp
runtime::Task<Outcome> query_balances(Desk& desk, const Call& call);
runtime::Task<Outcome> list_balances(Desk& desk, const Call& call);

// wallet_routes.cpp
runtime::Task<Outcome> put_wallet(Desk& desk, const Call& call);
runtime::Task<Outcome> delete_wallet(Desk& desk, const Call& call);
runtime::Task<Outcome> list_wallets(Desk& desk, const Call& call);
runtime::Task<Outcome> import_wallets(Desk& desk, const Call& call);

// history_routes.cpp
runtime::Task<Outcome> list_changes(Desk& desk, const Call& call);
runtime::Task<Outcome> list_events(Desk& desk, const Call& call);

// nft_routes.cpp
runtime::Task<Outcome> list_nfts(Desk& desk, const Call& call);

// token_routes.cpp
Outcome list_tokens(Desk& desk, const Call& call);
runtime::Task<Outcome> put_token(Desk& desk, const Call& call);

// operations_routes.cpp
Outcome get_status(Desk& desk, const Call& call);
runtime::Task<Outcome> resume_chain(Desk& desk, const Call& call);
Outcome get_livez(Desk& desk, const Call& call);
Outcome get_readyz(Desk& desk, const Call& call);
Outcome get_metrics(Desk& desk, const Call& call);
Outcome get_openapi(Desk& desk, const Call& call);
Outcome get_index(Desk& desk, const Call& call);

}  // namespace custodialbridge::api
