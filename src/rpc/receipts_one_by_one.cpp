/// ProvenRead where a node gives each transaction's receipt, but not those of a block.
#include <algorithm>

#include "chain_calls.hpp"
#include "custodialbridge/core/bloom.hpp"
#include "custodialbridge/core/state_sync.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

namespace {

constexpr std::size_t kTransactionsAtOnce = 1'000;

}  // namespace

Task<Result<ProvenRead::Next>> ProvenRead::ask_one_by_one(Part part) {
    told_.assign(part.count, Told());
    std::vector<Call> calls;
    for (std::size_t i = part.first; i < part.first + part.count; ++i)
        calls.push_back(whole_block_by_hash(blocks_[i]));
    ResultReader reader = [this, part](std::size_t call, JsonValue& result) {
        return read(blocks_[part.first + call], true, told_[call], result);
    };
    const auto outcomes = co_await endpoint_.send(std::move(calls), std::move(reader), by_);
    std::size_t transactions = 0;
    bool too_much = false;
    for (std::size_t i = 0; i < part.count; ++i) {
        Told& told = told_[i];
        told.header_said = outcomes ? (*outcomes)[i] : outcomes.error();
        too_much |= !told.header_said && told.header_said.error().code() == Errc::limited;
        if (!told.header) continue;
        told.is_ruled_out = !may_hold_wanted(*told.header);
        if (!told.is_ruled_out) told.one_by_one.resize(told.header->transactions.size());
        transactions += told.one_by_one.size();
    }
    if (part.count > 1 && (too_much || transactions > kTransactionsAtOnce))
        co_return Next::ask_less;
    CB_CO_CHECKED(co_await ask_transactions(part));
    co_return Next::judge;
}

/// Receipts of the blocks whose headers are there.
Task<Result<void>> ProvenRead::ask_transactions(Part part) {
    struct Place {
        std::size_t block, transaction;
    };
    std::vector<Place> places;
    std::vector<Call> calls;
    for (std::size_t i = 0; i < part.count; ++i)
        for (std::size_t j = 0; j < told_[i].one_by_one.size(); ++j) {
            places.push_back({i, j});
            calls.push_back({"eth_getTransactionReceipt",
                             "[\"" + to_string(told_[i].header->transactions[j]) + "\"]"});
        }
    if (!calls.empty()) {
        ResultReader reader = [this, part, &places](std::size_t call, JsonValue& result) {
            const auto [block, transaction] = places[call];
            Told& told = told_[block];
            auto receipt = parse_receipt(result, blocks_[part.first + block], transaction);
            if (!receipt && receipt.error().code() == Errc::unavailable)
                told.bad_receipts = receipt.error().at(endpoint_.name());
            if (!receipt) return Result<void>(receipt.error());
            told.one_by_one[transaction] = std::move(*receipt);
            return Result<void>();
        };
        const auto outcomes = co_await endpoint_.send(std::move(calls), std::move(reader), by_);
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Result<void> said = outcomes ? (*outcomes)[i] : outcomes.error();
            Told& told = told_[places[i].block];
            if (!said && told.receipts_said) told.receipts_said = said;
        }
    }
    for (Told& told : told_) join(told);
    co_return Result<void>{};
}

void ProvenRead::join(Told& told) {
    if (ends_untold(told)) told.one_by_one.pop_back();
    std::vector<ReceiptsAnswer> receipts;
    for (auto& one : told.one_by_one) {
        if (!one) return;  // not there yet
        receipts.push_back(std::move(*one));
    }
    auto all = join_receipts(std::move(receipts));
    if (!all) {
        told.bad_receipts = all.error().at(endpoint_.name());
        return;
    }
    take_receipts(told, std::move(*all));
}

/// The transaction of a state sync need not have a receipt.
bool ProvenRead::ends_untold(const Told& told) const {
    return !told.one_by_one.empty() && !told.one_by_one.back() &&
           told.header->transactions.back() == state_sync_transaction(told.header->header().ref);
}

/// A bloom rules out what has no bit in it, but not one without any, which some chains have always,
/// nor one in a header whose hash is made of fields that we do not know: nothing vouches for it.
bool ProvenRead::may_hold_wanted(const WholeHeader& header) const {
    const Bloom& bloom = header.fields.logs_bloom;
    if (header.transactions.empty()) return true;  // asks for nothing
    if (header.transactions.back() == state_sync_transaction(header.header().ref))
        return true;  // of whose logs the bloom does not know
    if (filter_.addresses.empty() || bloom == Bloom{}) return true;
    if (!header.unknown.empty() && hash_header(header.fields) != header.hash) return true;
    return std::any_of(filter_.addresses.begin(), filter_.addresses.end(),
                       [&](const Address& one) { return bloom_may_contain(bloom, one.bytes); });
}

}  // namespace custodialbridge::rpc
