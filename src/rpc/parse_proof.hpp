/// Whole headers and receipts out of JSON-RPC results, as a proof of a block's logs needs them.
///
/// An answer that contradicts itself or is malformed is `unavailable`. One that lacks what a proof
/// is made of is `unsupported`: on some chains headers and receipts are other things.
#pragma once

#include <optional>
#include <vector>

#include "custodialbridge/core/header_fields.hpp"
#include "custodialbridge/core/receipt.hpp"
#include "json_rpc.hpp"

namespace custodialbridge::rpc {

struct WholeHeader {
    Hash32 hash;  ///< as the node says
    HeaderFields fields;
    std::vector<Hash32> transactions;
    std::vector<Address> parties{};  ///< their senders and receivers, where the bodies are there
    std::string unknown;  ///< the name of a member that no header has as far as we know, if any

    BlockHeader header() const;
};

/// Of a block with or without transaction bodies; nothing for null.
Result<std::optional<WholeHeader>> parse_whole_header(JsonValue& value);

struct ReceiptsAnswer {
    BlockReceipts block;
    std::vector<Hash32> transactions;  ///< each receipt's
    std::vector<Address> parties;      ///< their senders and receivers
};

/// An eth_getBlockReceipts result; nothing for null. Receipts and logs stand in the block's order,
/// say so by their indexes, without a gap, and agree about block and transaction. The last receipt
/// may be a state sync's, outside of the root: that its block number is the block's is not checked.
Result<std::optional<ReceiptsAnswer>> parse_receipts(JsonValue& value, const Hash32& block);

/// An eth_getTransactionReceipt result, of the block's transaction of this index; nothing for null.
/// Its logs' numbers are compared once all are there.
Result<std::optional<ReceiptsAnswer>> parse_receipt(JsonValue& value, const Hash32& block,
                                                    std::size_t index);

/// All of a block's, one by one, in its order. `unavailable` when their logs are numbered neither
/// through the block nor each receipt's from 0; here they are numbered through the block.
Result<ReceiptsAnswer> join_receipts(std::vector<ReceiptsAnswer> receipts);

}  // namespace custodialbridge::rpc
