/// Receipts of transactions, and what a block header's receipts root proves about them.
///
/// The root commits to each receipt's type, outcome, gas, bloom and logs (contract, topics, data)
/// and to their order; so also to every log's index. It does not commit to transaction hashes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "custodialbridge/core/block.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/rlp.hpp"

namespace custodialbridge {

struct Receipt {
    static constexpr std::uint64_t kLegacy = 0x00;
    static constexpr std::uint64_t kAccessList = 0x01;  ///< EIP-2930
    static constexpr std::uint64_t kDynamicFee = 0x02;  ///< EIP-1559
    static constexpr std::uint64_t kBlob = 0x03;        ///< EIP-4844
    static constexpr std::uint64_t kSetCode = 0x04;     ///< EIP-7702
    static constexpr std::uint64_t kDeposit = 0x7e;     ///< OP stack: a transaction from L1
    static constexpr std::uint64_t kStateSync = 0x7f;   ///< Polygon, since PIP-74
    static constexpr std::uint64_t kTypeMax = 0x7f;     ///< EIP-2718

    std::uint64_t type = kLegacy;
    std::variant<bool, Hash32> outcome = true;  ///< EIP-658 status; before it a state root
    std::uint64_t cumulative_gas_used = 0;
    Bloom logs_bloom{};
    std::uint32_t log_count = 0;
    std::optional<std::uint64_t> deposit_nonce;            ///< OP stack, since Regolith
    std::optional<std::uint64_t> deposit_receipt_version;  ///< OP stack, since Canyon
};

/// All receipts of a block, in its order, with their logs, one receipt's after the other's.
struct BlockReceipts {
    std::vector<Receipt> receipts;
    LogBatch logs;  ///< as many as the receipts count
    /// So many of the last receipts are no part of the root (see state_sync.hpp).
    std::uint32_t outside_root = 0;

    /// Logs of the receipts that are.
    std::size_t logs_in_root() const;
};

/// One receipt as it stands in the receipts trie, with these logs of `batch`. Of a type that is
/// none of those above, it is as EIP-2718 lets expect: the type before the members that all have.
/// Nothing when there can be no such type.
std::optional<rlp::Bytes> encode_receipt(const Receipt& receipt, std::span<const Log> logs,
                                         const LogBatch& batch);

/// The receipts root that a block with these receipts has; `unsupported` when one of them cannot be
/// encoded.
Result<Hash32> receipts_root(const BlockReceipts& block);

/// Which receipt in the root has a type that is none of those above, in words, or nothing. Only a
/// root that fits says that such a receipt is encoded as expected.
std::string unknown_type_in(const BlockReceipts& block);

enum class ProofVerdict : std::uint8_t {
    proven,      ///< these are the block's receipts, all of them
    differs,     ///< they are not
    cannot_tell  ///< they hold something whose encoding we do not know
};

struct ReceiptsProof {
    ProofVerdict verdict = ProofVerdict::cannot_tell;
    std::string why;  ///< empty when proven
};

/// Compares what a header commits to with the `receipts_root` of what a node says are the receipts,
/// and what is unknown among these.
ReceiptsProof prove_receipts(const Hash32& committed, const Result<Hash32>& computed,
                             const std::string& unknown);

}  // namespace custodialbridge
