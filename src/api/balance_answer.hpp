/// How balances are written, and why there is none.
#pragma once

#include <string>
#include <string_view>

#include "custodialbridge/ledger/balance_reader.hpp"
#include "problem.hpp"

namespace custodialbridge::api {

/// The X-Balance-Tier header line.
void append_tier(std::string& out, const ledger::BalanceView& view);

/// CONTRACT §4, balance.
void append_balance(std::string& out, std::string_view user, ChainId chain, TokenId token,
                    const ledger::BalanceView& view);

Problem problem_of_failure(ledger::ReadFailure failure);

}  // namespace custodialbridge::api
