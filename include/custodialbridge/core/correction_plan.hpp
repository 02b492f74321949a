/// What the proof of a block shows to be wrong in the journal.
#pragma once

#include <vector>

#include "custodialbridge/core/ledger_plan.hpp"

namespace custodialbridge {

/// One block's rows are made what its proven logs say: moves, and the events that move nothing. The
/// balances move along, and are read again besides: what else was done to them in the meantime (a
/// settlement through suspense) is not known here.
struct CorrectionPlan {
    ChainId chain;
    Cursor at;           ///< where the ledger stands when it is corrected
    AppliedBlock block;  ///< proven
    std::vector<Move> missing;
    std::vector<Move> phantom;           ///< as they are stored
    std::vector<BalanceDelta> deltas;    ///< one per balance
    std::vector<HoldingDelta> holdings;  ///< one per NFT held
    std::vector<Excess> excesses{};      ///< as in a LedgerPlan
    std::vector<Touch> touched;          ///< balances to be read again; ascending, each once
    std::vector<Announcement> missing_events{};
    std::vector<Announcement> phantom_events{};  ///< as they are stored
    std::vector<WalletId> deployed{};            ///< wallets whose account was deployed
    friend bool operator==(const CorrectionPlan&, const CorrectionPlan&) = default;
};

}  // namespace custodialbridge
