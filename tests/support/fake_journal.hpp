/// The fake store's past: the whole journal, walked naively.
#pragma once

#include <algorithm>

#include "custodialbridge/store/journal_reader.hpp"
#include "support/ledger_tables.hpp"
#include "support/script.hpp"

namespace custodialbridge::testing {

class FakeJournal final : public store::JournalReader {
  public:
    FakeJournal(const LedgerTables& tables, Script& script) : tables_(tables), script_(script) {}

    runtime::Task<Result<store::PastBalance>> balance_at(BalanceKey key, AsOf at,
                                                         runtime::Deadline by) override;

    runtime::Task<Result<JournalPage<LedgerChange>>> changes(ChangeQuery query,
                                                             runtime::Deadline by) override;

    runtime::Task<Result<JournalPage<LedgerEvent>>> events(EventQuery query,
                                                           runtime::Deadline by) override;

  private:
    store::PastBalance past(const BalanceKey& key, const AsOf& at) const;

    static void add_to(U256& sum, const U256& amount);

    static std::optional<BlockNumber> block_of(const ChainRow& chain, const AsOf& at);

    /// What its entries up to there sum to.
    static U256 amount_at(const ChainRow& chain, const Wallet& wallet, TokenId token,
                          BlockNumber block);

    static JournalPlace place_of(ChainId chain, const JournalRow& row, bool takes);

    /// The block that was canonical when the row was written.
    static const BlockHeader& header_of(const ChainRow& chain, BlockNumber number,
                                        std::uint32_t epoch);

    /// Null for the outside and for wallets that are not registered any more.
    const Wallet* living(WalletId id) const;

    std::vector<LedgerChange> all_changes(const ChangeQuery& query) const;

    static LedgerChange change_of(const ChainRow& chain, ChainId id, const JournalRow& row,
                                  const Wallet& wallet, bool takes);

    std::vector<LedgerEvent> all_events(const EventQuery& query) const;

    LedgerEvent event_of(const ChainRow& chain, const JournalPlace& place, const Wallet& wallet,
                         EventType type, std::optional<TokenId> token, const U256& amount,
                         const Hash32& tx_hash) const;

    static bool is_wanted(const LedgerEvent& event, const EventQuery& query);

    template <class Item>
    static JournalPage<Item> page(const std::vector<Item>& all,
                                  const std::optional<JournalPlace>& after, std::size_t limit) {
        std::map<JournalPlace, const Item*> ordered;
        for (const Item& item : all)
            if (!ordered.emplace(item.place, &item).second)
                throw std::logic_error("two things at one place");
        JournalPage<Item> page;
        for (auto at = after ? ordered.upper_bound(*after) : ordered.begin(); at != ordered.end();
             ++at) {
            if (page.items.size() == limit) {
                if (limit > 0) page.next = page.items.back().place;
                break;
            }
            page.items.push_back(*at->second);
        }
        return page;
    }

    const LedgerTables& tables_;
    Script& script_;
};

}  // namespace custodialbridge::testing
