#include "custodialbridge/core/receipt.hpp"

#include <algorithm>
#include <array>

#include "custodialbridge/core/check.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/trie_root.hpp"

namespace custodialbridge {

namespace {

using rlp::Bytes;

constexpr std::array kTyped{Receipt::kAccessList, Receipt::kDynamicFee, Receipt::kBlob,
                            Receipt::kSetCode, Receipt::kDeposit, Receipt::kStateSync};

bool is_known(std::uint64_t type) {
    return type == Receipt::kLegacy ||
           std::find(kTyped.begin(), kTyped.end(), type) != kTyped.end();
}

void append_log(Bytes& out, const Log& log, const LogBatch& batch) {
    Bytes topics, members;
    for (std::size_t i = 0; i < log.topic_count; ++i)
        rlp::append_bytes(topics, log.topics[i].bytes);
    rlp::append_bytes(members, log.address.bytes);
    rlp::append_list(members, topics);
    rlp::append_bytes(members, batch.data_of(log));
    rlp::append_list(out, members);
}

void append_outcome(Bytes& out, const Receipt& receipt) {
    if (const auto* state_root = std::get_if<Hash32>(&receipt.outcome)) {
        rlp::append_bytes(out, state_root->bytes);
    } else {
        rlp::append_integer(out, std::uint64_t{std::get<bool>(receipt.outcome)});
    }
}

/// A deposit's nonce counts only beside a version: between Regolith and Canyon the OP stack's nodes
/// stored it and left it out of the root, and this became the rule.
void append_deposit(Bytes& out, const Receipt& receipt) {
    if (receipt.type != Receipt::kDeposit || !receipt.deposit_receipt_version) return;
    rlp::append_integer(out, receipt.deposit_nonce.value_or(0));
    rlp::append_integer(out, *receipt.deposit_receipt_version);
}

}  // namespace

std::optional<Bytes> encode_receipt(const Receipt& receipt, std::span<const Log> logs,
                                    const LogBatch& batch) {
    if (receipt.type > Receipt::kTypeMax) return std::nullopt;
    Bytes all_logs, members;
    for (const Log& log : logs) append_log(all_logs, log, batch);
    append_outcome(members, receipt);
    rlp::append_integer(members, receipt.cumulative_gas_used);
    rlp::append_bytes(members, receipt.logs_bloom);
    rlp::append_list(members, all_logs);
    append_deposit(members, receipt);
    Bytes out;
    if (receipt.type != Receipt::kLegacy) out.push_back(static_cast<std::uint8_t>(receipt.type));
    rlp::append_list(out, members);
    return out;
}

std::size_t BlockReceipts::logs_in_root() const {
    CB_CHECK(outside_root <= receipts.size());
    std::size_t outside = 0;
    for (const Receipt& receipt : std::span(receipts).last(outside_root))
        outside += receipt.log_count;
    CB_CHECK(outside <= logs.logs.size());
    return logs.logs.size() - outside;
}

Result<Hash32> receipts_root(const BlockReceipts& block) {
    std::span<const Log> logs = std::span(block.logs.logs).first(block.logs_in_root());
    const auto inside = std::span(block.receipts).first(block.receipts.size() - block.outside_root);
    std::vector<Bytes> items;
    items.reserve(inside.size());
    for (const Receipt& receipt : inside) {
        CB_CHECK(receipt.log_count <= logs.size());
        auto item = encode_receipt(receipt, logs.first(receipt.log_count), block.logs);
        if (!item)
            return Error(Errc::unsupported, "receipt " + std::to_string(items.size()) +
                                                " has the impossible type " +
                                                to_quantity(receipt.type));
        items.push_back(std::move(*item));
        logs = logs.subspan(receipt.log_count);
    }
    CB_CHECK(logs.empty());
    return trie_root(items);
}

std::string unknown_type_in(const BlockReceipts& block) {
    for (std::size_t i = 0; i + block.outside_root < block.receipts.size(); ++i) {
        const std::uint64_t type = block.receipts[i].type;
        if (!is_known(type))
            return "receipt " + std::to_string(i) + " has the unknown type " + to_quantity(type);
    }
    return {};
}

ReceiptsProof prove_receipts(const Hash32& committed, const Result<Hash32>& computed,
                             const std::string& unknown) {
    if (!computed) return {ProofVerdict::cannot_tell, computed.error().message()};
    if (*computed == committed) return {ProofVerdict::proven, ""};
    if (!unknown.empty()) return {ProofVerdict::cannot_tell, unknown};
    return {ProofVerdict::differs, "the receipts give the root " + to_string(*computed) +
                                       ", the header says " + to_string(committed)};
}

}  // namespace custodialbridge
