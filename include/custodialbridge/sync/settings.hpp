/// How chains are followed, balances refreshed, transactions watched and the ledger reconciled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/ids.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::sync {

/// How the logs of a block are shown to be all of them.
enum class Integrity : std::uint8_t {
    best,           ///< "auto": the best that the chain can prove
    receipts_root,  ///< recomputed from the receipts
    bloom,          ///< the header's bloom agrees with the logs, both ways
    none            ///< what the endpoint claims
};

enum class Finality : std::uint8_t {
    tags,  ///< the node's safe and finalized blocks; as `depth` when it has no tags
    depth  ///< safe = `confirmations` deep, finalized = `reorg_depth` deep
};

/// One chain, as its event listener sees it.
struct ListenerSettings {
    ChainId chain;
    std::optional<BlockNumber> start_block;  ///< none: the head at the first start
    Finality finality = Finality::tags;
    std::uint32_t confirmations = 12;  ///< blocks on top; at most `reorg_depth`
    std::uint32_t reorg_depth = 128;   ///< blocks; a deeper reorganisation stops the chain
    Integrity integrity = Integrity::best;
    std::vector<Address> entry_points;  ///< ERC-4337 contracts whose user operations are followed
    friend bool operator==(const ListenerSettings&, const ListenerSettings&) = default;
};

/// What re-reading a token's balances from the chain waits for; zero: followed from events instead.
struct ChainSyncIntervals {
    Millis cpop{0};
    Millis major_tokens = std::chrono::minutes(5);
    Millis other_tokens = std::chrono::minutes(10);
    Millis nfts = std::chrono::minutes(15);
    friend bool operator==(const ChainSyncIntervals&, const ChainSyncIntervals&) = default;
};

struct BalanceSyncSettings {
    Millis db_sync_interval = std::chrono::minutes(5);  ///< cache tiers from the database
    Millis verify_changed{5'000};  ///< from a change by events to its pinned re-read; zero: off
    ChainSyncIntervals chain_sync_interval;
    friend bool operator==(const BalanceSyncSettings&, const BalanceSyncSettings&) = default;
};

struct TransactionSyncSettings {
    Millis pending_check_interval{30'000};
    Millis max_pending_time = std::chrono::minutes(10);
    Millis retry_interval = std::chrono::minutes(1);
    std::uint32_t max_retries = 5;
    friend bool operator==(const TransactionSyncSettings&,
                           const TransactionSyncSettings&) = default;
};

enum class AutoCorrect : std::uint8_t {
    off,
    approval,  ///< an admin confirms each repair
    automatic  ///< at or below `auto_correct_limit` without asking
};

struct ReconciliationSettings {
    Millis balance_check_interval = std::chrono::hours(1);
    Millis transaction_check_interval = std::chrono::hours(6);
    Millis nft_check_interval = std::chrono::hours(12);
    U256 mismatch_threshold{1'000'000};  ///< smallest units; a token may have its own
    AutoCorrect auto_correct = AutoCorrect::approval;
    U256 auto_correct_limit{0};  ///< smallest units
    friend bool operator==(const ReconciliationSettings&, const ReconciliationSettings&) = default;
};

/// From where on a person is woken.
struct AlertThresholds {
    Millis sync_lag = std::chrono::minutes(2);
    U256 mismatch{10'000'000};   ///< smallest units
    double failure_rate = 0.05;  ///< 0 … 1
    friend bool operator==(const AlertThresholds&, const AlertThresholds&) = default;
};

/// A receiver of messages; each message is signed and sent at least once.
struct WebhookSettings {
    std::string url;                  ///< http:// or https://
    std::string secret;               ///< of the HMAC-SHA256 signature
    std::vector<std::string> events;  ///< message types, for example "balance.changed"
    friend bool operator==(const WebhookSettings&, const WebhookSettings&) = default;
};

}  // namespace custodialbridge::sync
