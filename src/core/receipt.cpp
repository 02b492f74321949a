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
                            Receipt::kSetCode, Receipt::kDeposit};

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
    if (!is_known(receipt.type)) return std::nullopt;
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

Result<Hash32> receipts_root(const BlockReceipts& block) {
    std::vector<Bytes> items;
    items.reserve(block.receipts.size());
    std::span<const Log> logs(block.logs.logs);
    for (const Receipt& receipt : block.receipts) {
        CB_CHECK(receipt.log_count <= logs.size());
        auto item = encode_receipt(receipt, logs.first(receipt.log_count), block.logs);
        if (!item)
            return Error(Errc::unsupported, "receipt " + std::to_string(items.size()) +
                                                " has the unknown type " +
                                                to_quantity(receipt.type));
        items.push_back(std::move(*item));
        logs = logs.subspan(receipt.log_count);
    }
    CB_CHECK(logs.empty());
    return trie_root(items);
}

ReceiptsProof prove_receipts(const Hash32& committed, const Result<Hash32>& computed) {
    if (!computed) return {ProofVerdict::cannot_tell, computed.error().message()};
    if (*computed == committed) return {ProofVerdict::proven, ""};
    return {ProofVerdict::differs, "the receipts give the root " + to_string(*computed) +
                                       ", the header says " + to_string(committed)};
}

}  // namespace custodialbridge
