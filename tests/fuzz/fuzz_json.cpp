// Bodies of requests: taken with all their checks, or refused with a 400 that says why.
#include <cstdlib>
#include <string_view>

#include "balance_items.hpp"
#include "json_body.hpp"
#include "wallet_items.hpp"

namespace {

using namespace custodialbridge::api;

template <class Outcome>
void is_taken_or_refused(const Outcome& outcome) {
    if (outcome.has_value()) return;
    const Problem& problem = outcome.error();
    if (problem.type->status < 400 || problem.type->status >= 500) std::abort();
    if (problem.detail.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Request request;
    request.method = Method::post;
    request.body = {reinterpret_cast<const char*>(data), size};
    is_taken_or_refused(flat_object(request));
    const auto wallets = parse_wallet_items(request);
    is_taken_or_refused(wallets);
    if (wallets)
        for (const auto& one : *wallets) is_taken_or_refused(one);
    const auto balances = parse_balance_items(request);
    is_taken_or_refused(balances);
    if (balances)
        for (const auto& one : balances->keys) is_taken_or_refused(one);
    return 0;
}
