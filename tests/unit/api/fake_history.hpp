/// The ledger's past behind the routes, as a test sets it; what was asked is kept.
#pragma once

#include <mutex>
#include <optional>

#include "fakes.hpp"

namespace custodialbridge::api::fakes {

/// Blocks 50 to 120 are covered, 110 is safe and 100 finalized; "ghost", "down" and "chainless"
/// fail in their ways.
class History final : public ledger::HistoryReader {
  public:
    Task<ReadResult> read_at(BalanceKey key, AsOf at, BalanceView& out, Deadline) override {
        using enum ledger::NoBalance;
        if (key.user.value == "ghost") co_return failure(unknown_user);
        if (key.user.value == "down") co_return failure(unavailable);
        if (key.user.value == "chainless") co_return failure(chain_unavailable);
        const BlockNumber block = block_of(at);
        if (block.value < 50 || block.value > 120) co_return failure(not_covered);
        out = usdt_view();
        out.block.number = block;
        out.tier = ledger::Tier::database;
        co_return ReadResult{};
    }

    Task<Result<JournalPage<LedgerChange>>> changes(ChangeQuery query, Deadline) override {
        const std::lock_guard lock(mutex_);
        asked_changes = query;
        if (failing) co_return *failing;
        co_return page_of(all_changes, query.after, query.limit);
    }

    Task<Result<JournalPage<LedgerEvent>>> events(EventQuery query, Deadline) override {
        const std::lock_guard lock(mutex_);
        asked_events = query;
        if (failing) co_return *failing;
        co_return page_of(all_events, query.after, query.limit);
    }

    std::vector<LedgerChange> all_changes;
    std::vector<LedgerEvent> all_events;
    std::optional<Error> failing;
    ChangeQuery asked_changes;
    EventQuery asked_events;

  private:
    static ledger::ReadFailure failure(ledger::NoBalance why) {
        return {why, "as the test wants it"};
    }

    static BlockNumber block_of(const AsOf& at) {
        if (const auto* number = std::get_if<BlockNumber>(&at)) return *number;
        switch (std::get<FinalityLevel>(at)) {
            case FinalityLevel::latest:
                return {120};
            case FinalityLevel::safe:
                return {110};
            case FinalityLevel::finalized:
                break;
        }
        return {100};
    }

    template <class Item>
    static JournalPage<Item> page_of(const std::vector<Item>& all,
                                     const std::optional<JournalPlace>& after, std::size_t limit) {
        JournalPage<Item> page;
        for (const Item& item : all) {
            if (after && item.place <= *after) continue;
            if (page.items.size() == limit) {
                page.next = page.items.back().place;
                break;
            }
            page.items.push_back(item);
        }
        return page;
    }

    std::mutex mutex_;
};

}  // namespace custodialbridge::api::fakes
