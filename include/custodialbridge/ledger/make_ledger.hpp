/// The ledger's parts over their ports.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "custodialbridge/cache/balance_cache.hpp"
#include "custodialbridge/cache/change_feed.hpp"
#include "custodialbridge/cache/local_cache.hpp"
#include "custodialbridge/core/token_registry.hpp"
#include "custodialbridge/ledger/balance_reader.hpp"
#include "custodialbridge/ledger/chain_board.hpp"
#include "custodialbridge/ledger/chain_reader.hpp"
#include "custodialbridge/ledger/history_reader.hpp"
#include "custodialbridge/ledger/ledger_writer.hpp"
#include "custodialbridge/ledger/wallet_registry.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/balance_store.hpp"
#include "custodialbridge/store/journal_reader.hpp"
#include "custodialbridge/store/wallet_directory.hpp"
#include "custodialbridge/telemetry/registry.hpp"

namespace custodialbridge::ledger {

/// How long cached values may be used (CONTRACT: balance_sync).
struct TierSettings {
    Millis local_ttl{30'000};
    Millis unknown_ttl{5'000};   ///< of "this user has no such balance"
    Millis redis_timeout{100};
};

/// Everything outlives the reader, but its own `redis`, which lives on the reader's loop and may be
/// null.
struct ReaderParts {
    const TokenRegistry& tokens;
    ChainBoard& board;
    cache::LocalCache& local;
    std::unique_ptr<cache::BalanceCache> redis;
    store::BalanceStore& balances;
    std::map<ChainId, ChainReader*> chains;
    runtime::Clock& clock;
    telemetry::Registry& metrics;
    TierSettings settings;
};
std::unique_ptr<BalanceReader> make_balance_reader(ReaderParts parts);

/// Everything outlives the reader; one serves all threads.
struct HistoryParts {
    const TokenRegistry& tokens;
    const ChainBoard& board;
    store::JournalReader& journal;
    std::map<ChainId, ChainReader*> chains;
    runtime::Clock& clock;
};
std::unique_ptr<HistoryReader> make_history_reader(HistoryParts parts);

/// `redis` and `changes` may be null; they belong to the sync loop, like the writer.
struct WriterParts {
    const TokenRegistry& tokens;
    ChainTip& tip;
    cache::LocalCache& local;
    cache::BalanceCache* redis;
    store::PlanCommitter& committer;
    runtime::Clock& clock;
    TierSettings settings;
    cache::ChangeFeed* changes = nullptr;
};
std::unique_ptr<LedgerWriter> make_ledger_writer(WriterParts parts);

/// `redis` and `changes` may be null; they belong to `sync_loop`. There `on_change` is called after
/// each change, and `distrust_redis` when Redis could not be made to forget.
struct RegistryParts {
    const TokenRegistry& tokens;
    store::WalletDirectory& wallets;
    cache::LocalCache& local;
    cache::BalanceCache* redis;
    runtime::Executor sync_loop;
    runtime::Clock& clock;
    std::function<void(ChainId)> on_change;
    std::function<void(ChainId)> distrust_redis;
    TierSettings settings;
    cache::ChangeFeed* changes = nullptr;
};
std::unique_ptr<WalletRegistry> make_wallet_registry(RegistryParts parts);

}  // namespace custodialbridge::ledger
