/// Builds the journal's per-wallet indexes once every chain has stood at its head (they would slow
/// the first backfill several times). Building is concurrent: commits go on meanwhile.
#pragma once

#include <functional>
#include <memory>

#include "custodialbridge/runtime/keep_converging.hpp"
#include "custodialbridge/store/chain_store.hpp"

namespace custodialbridge::sync {

/// `caught_up` says whether every chain has stood at its head. `chains` and `clock` outlive it.
std::unique_ptr<runtime::Converging> make_journal_indexer(store::ChainStore& chains,
                                                          runtime::Clock& clock,
                                                          std::function<bool()> caught_up);

}  // namespace custodialbridge::sync
