#include "second_opinion.hpp"

#include <algorithm>

#include "agreement.hpp"
#include "custodialbridge/core/state_sync.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

namespace {

using AllFacts = std::vector<BlockFacts>;

Error refused(const BlockFacts& block, const std::string& why) {
    return Error(Errc::unavailable,
                 "block " + std::to_string(block.header.ref.number.value) + ": " + why);
}

/// The logs that stand outside of the root alone.
BlockFacts state_sync_of(const BlockFacts& block) {
    BlockFacts alone;
    alone.logs.data = block.logs.data;
    const auto& logs = block.logs.logs;
    alone.logs.logs.assign(logs.end() - block.outside_root, logs.end());
    return alone;
}

bool has_same_state_sync(const BlockFacts& one, const BlockFacts& other) {
    return has_same_logs(state_sync_of(one), state_sync_of(other));
}

}  // namespace

Task<Result<AllFacts>> SecondOpinion::on(AllFacts facts, Endpoint& teller,
                                         const LogFilter& filter, Deadline by) {
    std::vector<Doubt> doubts = doubts_in(facts);
    if (doubts.empty()) co_return std::move(facts);
    co_await ask_others(facts, doubts, teller, filter, by);
    for (const Doubt& doubt : doubts)
        CB_CO_CHECKED(settle(doubt, facts[doubt.place], teller));
    co_return std::move(facts);
}

/// Those blocks that rest on one word.
std::vector<SecondOpinion::Doubt> SecondOpinion::doubts_in(const AllFacts& facts) {
    std::vector<Doubt> doubts;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const bool has_witnesses =
            facts[i].has_state_sync || facts[i].unprovable == Unprovable::new_fields;
        if (has_witnesses && facts[i].completeness == Completeness::claimed)
            doubts.push_back({.place = i});
    }
    return doubts;
}

/// One after the other, also those that are not asked first just now: of two that contradict each
/// other neither is believed because the other is put aside for it.
Task<void> SecondOpinion::ask_others(AllFacts& facts, std::vector<Doubt>& doubts,
                                     const Endpoint& teller, const LogFilter& filter,
                                     Deadline by) {
    std::vector<Hash32> blocks;
    for (const Doubt& doubt : doubts) blocks.push_back(facts[doubt.place].header.ref.hash);
    const Plausible any;
    EndpointPool::Operation<AllFacts> ask = [&](Endpoint& endpoint, Deadline attempt) {
        return plausible_facts(endpoint, proof_, ProvenRead::Unproven::claimed, blocks, filter,
                               any, attempt);
    };
    for (const auto& other : pool_.endpoints()) {
        if (other.get() == &teller) continue;
        const Deadline attempt = pool_.share(*other, by, 1);
        const auto said = co_await pool_.attempt(*other, ask, attempt);
        if (!said) continue;
        for (std::size_t i = 0; i < doubts.size(); ++i)
            hear(doubts[i], facts[doubts[i].place], (*said)[i], other->name());
    }
}

void SecondOpinion::hear(Doubt& doubt, BlockFacts& ours, const BlockFacts& theirs,
                         const std::string& name) {
    doubt.is_answered = true;
    if (!has_same_state_sync(ours, theirs)) {
        doubt.other_syncs = name;
    } else if (ours.unprovable == Unprovable::new_fields &&
               theirs.completeness == Completeness::proven) {
        ours = theirs;
    } else if (is_same(ours, theirs)) {
        doubt.is_confirmed = true;
    } else if (theirs.receipts_root || !has_same_logs(ours, theirs)) {
        doubt.otherwise = name;
    }
}

Result<void> SecondOpinion::settle(const Doubt& doubt, BlockFacts& ours, Endpoint& teller) {
    if (!doubt.other_syncs.empty()) {
        pool_.disagrees(teller, "logs that no receipts root holds");
        return refused(ours, doubt.other_syncs + " tells other logs outside of the receipts root " +
                                 "than " + teller.name());
    }
    if (ours.completeness == Completeness::proven) return {};
    if (ours.unprovable == Unprovable::new_fields) {
        const std::string why = "its header has fields that we do not know, and ";
        if (!doubt.otherwise.empty())
            return refused(ours, why + doubt.otherwise + " tells it otherwise than " +
                                     teller.name());
        if (!doubt.is_confirmed) return refused(ours, why + "no second endpoint tells it");
    }
    if (doubt.is_confirmed) ours.completeness = Completeness::checked;
    if (doubt.is_confirmed || (!doubt.is_answered && has_state_sync(chain_))) return {};
    pool_.disagrees(teller, "logs that no receipts root holds");
    return refused(ours, "no second endpoint tells the logs outside of the receipts root that " +
                             teller.name() + " tells");
}

}  // namespace custodialbridge::rpc
