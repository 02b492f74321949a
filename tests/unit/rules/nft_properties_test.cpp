/// Random logs of NFTs, malformed ones among them, read by the planner and by a naive collector who
/// knows nothing of plans. RapidCheck prints its seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <tuple>

#include "custodialbridge/rules/plan_blocks.hpp"
#include "made_logs.hpp"

namespace custodialbridge::rules {
namespace {

struct NftEvent {
    enum class Told { art, single, batch, malformed } told = Told::art;
    Address from, to;
    std::vector<U256> ids, amounts;
    unsigned how = 0;  ///< it is malformed
    std::uint64_t block = 0;
    std::uint32_t transaction = 0;
};

std::vector<NftEvent> any_events() {
    using enum NftEvent::Told;
    const auto holders = rc::gen::element(kZero, kAlice, kBob, kCarol);
    std::vector<NftEvent> events(*rc::gen::inRange<std::size_t>(0, 30));
    std::uint64_t block = 1;
    for (NftEvent& event : events) {
        if (*rc::gen::inRange(0, 5) == 0) ++block;
        event.block = block;
        event.told = *rc::gen::element(art, single, batch, batch, malformed);
        event.from = *holders;
        event.to = *holders;
        event.how = *rc::gen::inRange(0u, 8u);
        const std::size_t most = event.told == batch ? 5 : 1;
        const auto count = event.told == batch ? *rc::gen::inRange<std::size_t>(0, most) : most;
        for (std::size_t i = 0; i < count; ++i) {
            event.ids.push_back(*rc::gen::inRange(0, 4));
            event.amounts.push_back(*rc::gen::inRange(0, 5));
        }
    }
    std::uint32_t transaction = 0;
    for (NftEvent& event : events) event.transaction = transaction++ / 3;
    return events;
}

/// Logs that begin as their standard says, and go on otherwise.
void add_malformed(MadeLogs& logs, const NftEvent& event) {
    const Hash32 from = to_word(event.from), to = to_word(event.to), by = to_word(kCarol);
    const std::vector<U256> two{1, 2}, three{1, 2, 3};
    std::vector<std::uint8_t> cut = batch_data(two, two);
    cut.resize(cut.size() - 32);
    switch (event.how) {
        case 0: logs.raw(kGame, {transfer_single_topic(), by, from, to}, {}); break;
        case 1: logs.raw(kGame, {transfer_single_topic(), by, from}, joined({from, to})); break;
        case 2: logs.batch_of(event.from, event.to, two, three); break;
        case 3: logs.raw(kGame, {transfer_batch_topic(), by, from, to}, cut); break;
        case 4:  // a list that would stand far outside
            logs.raw(kGame, {transfer_batch_topic(), by, from, to},
                     joined({uint_word(~U256(0)), uint_word(64), uint_word(0)}));
            break;
        case 5:  // one that claims to be endless
            logs.raw(kGame, {transfer_batch_topic(), by, from, to},
                     joined({uint_word(64), uint_word(64), uint_word(~U256(0))}));
            break;
        case 6: logs.raw(kArt, {transfer_topic(), from}, joined({to})); break;
        default: logs.raw(kArt, {transfer_topic(), from, to, by}, joined({to})); break;
    }
}

MadeLogs logs_of(std::span<const NftEvent> events) {
    MadeLogs logs;
    for (const NftEvent& event : events) {
        logs.in(event.block, event.transaction);
        switch (event.told) {
            case NftEvent::Told::art: logs.nft(kArt, event.from, event.to, event.ids[0]); break;
            case NftEvent::Told::single:
                logs.single(event.from, event.to, event.ids[0], event.amounts[0]);
                break;
            case NftEvent::Told::batch:
                logs.batch_of(event.from, event.to, event.ids, event.amounts);
                break;
            case NftEvent::Told::malformed: add_malformed(logs, event); break;
        }
    }
    return logs;
}

/// What everybody comes to hold, by hand.
struct Collection {
    std::map<std::tuple<WalletId, TokenId, U256>, std::int64_t> holdings;
    std::map<std::pair<WalletId, TokenId>, std::int64_t> balances;
    std::uint64_t malformed = 0;

    void add(const Address& holder, TokenId token, const U256& id, std::int64_t amount) {
        const std::map<Address, WalletId> wallets{{kAlice, kAliceWallet}, {kBob, kBobWallet}};
        const auto wallet = wallets.find(holder);
        if (wallet == wallets.end()) return;
        holdings[{wallet->second, token, id}] += amount;
        balances[{wallet->second, token}] += amount;
    }

    void move(TokenId token, const NftEvent& event, std::size_t item, std::int64_t amount) {
        add(event.from, token, event.ids[item], -amount);
        add(event.to, token, event.ids[item], amount);
    }

    void drop_zeros() {
        std::erase_if(holdings, [](const auto& row) { return row.second == 0; });
        std::erase_if(balances, [](const auto& row) { return row.second == 0; });
    }
};

Collection naive(std::span<const NftEvent> events) {
    Collection all;
    for (const NftEvent& event : events) {
        if (event.told == NftEvent::Told::malformed) {
            ++all.malformed;
            continue;
        }
        for (std::size_t i = 0; i < event.ids.size(); ++i) {
            const auto amount = static_cast<std::int64_t>(event.amounts[i]);
            if (event.told == NftEvent::Told::art) {
                all.move(kArtId, event, i, 1);
            } else {
                all.move(kGameId, event, i, amount);
                if (event.ids[i] == 1) all.move(kSwordId, event, i, amount);
            }
        }
    }
    all.drop_zeros();
    return all;
}

template <class Delta>
std::int64_t net(const Delta& delta) {
    return static_cast<std::int64_t>(delta.credit) - static_cast<std::int64_t>(delta.debit);
}

Collection collection_in(const LedgerPlan& plan) {
    Collection all;
    for (const HoldingDelta& delta : plan.holdings)
        all.holdings[{delta.wallet, delta.token, delta.nft_id}] += net(delta);
    for (const BalanceDelta& delta : plan.deltas)
        all.balances[{delta.wallet, delta.token}] += net(delta);
    all.drop_zeros();
    return all;
}

RC_GTEST_PROP(NftProperties, HoldingsAndBalancesAreTheNaiveOnesWhateverIsMalformed, ()) {
    const auto events = any_events();
    const Planned planned = plan_of(logs_of(events), collectors());
    const Collection expected = naive(events), found = collection_in(planned.plan);
    RC_ASSERT(found.holdings == expected.holdings);
    RC_ASSERT(found.balances == expected.balances);
    RC_ASSERT(planned.malformed == expected.malformed);
}

RC_GTEST_PROP(NftProperties, EveryRowHasAPlaceOfItsOwn, ()) {
    const Planned planned = plan_of(logs_of(any_events()), collectors());
    std::set<std::tuple<BlockNumber, std::uint32_t, std::uint32_t>> places;
    for (const Move& move : planned.plan.moves)
        RC_ASSERT(places.insert({move.block, move.log_index, move.sub_index}).second);
}

RC_GTEST_PROP(NftProperties, JoiningWhatWasReadApartIsTheSameAsAtOnce, ()) {
    const auto events = any_events();
    const std::uint64_t border = *rc::gen::inRange<std::uint64_t>(0, 10);
    const auto middle = std::find_if(events.begin(), events.end(),
                                     [&](const NftEvent& event) { return event.block >= border; });
    const std::vector<NftEvent> early(events.begin(), middle), late(middle, events.end());
    LedgerPlan joined = plan_of(logs_of(early), collectors()).plan;
    LedgerPlan rest = plan_of(logs_of(late), collectors()).plan;
    RC_ASSERT(join_plans(joined, rest));
    RC_ASSERT(joined == plan_of(logs_of(events), collectors()).plan);
}

}  // namespace
}  // namespace custodialbridge::rules
