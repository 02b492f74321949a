/// The indexes by which the past is looked up. They are built once every chain stands at its head.
#pragma once

#include <array>
#include <string_view>

namespace custodialbridge::store {

struct JournalIndex {
    std::string_view name;
    std::string_view definition;
};

/// By block, so that the newest changes of a wallet are read first and a balance as of an earlier
/// block is the present one less what came later. The outside is no wallet: it would be half of the
/// index. `+ 0` is for rare types and tokens: it keeps the planner from the primary key, which has
/// the wanted order, but all the others between them.
inline constexpr std::array kJournalIndexes{
    JournalIndex{"journal_debit", "journal (debit, block_number) WHERE debit <> 0"},
    JournalIndex{"journal_credit", "journal (credit, block_number) WHERE credit <> 0"},
    JournalIndex{"journal_event",
                 "journal (chain_id, token_id, event, (block_number + 0))"
                 " WHERE event IS NOT NULL"},
    JournalIndex{"events_event", "events (chain_id, token_id, event, (block_number + 0))"},
    JournalIndex{"events_wallet", "events (wallet_id, block_number)"}};

}  // namespace custodialbridge::store
