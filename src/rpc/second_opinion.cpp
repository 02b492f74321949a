#include "second_opinion.hpp"

#include <algorithm>

#include "agreement.hpp"
#include "custodialbridge/core/state_sync.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

namespace {

using AllFacts = std::vector<BlockFacts>;

/// Of those blocks that rest on one word.
std::vector<std::size_t> places_in_doubt(const AllFacts& facts) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        const bool has_witnesses =
            facts[i].outside_root > 0 || facts[i].unprovable == Unprovable::new_fields;
        if (has_witnesses && facts[i].completeness == Completeness::claimed) places.push_back(i);
    }
    return places;
}

std::string name_of(const BlockFacts& block) {
    return "block " + std::to_string(block.header.ref.number.value);
}

/// What there is nobody to contradict.
void take_new_fields(AllFacts& facts) {
    for (BlockFacts& block : facts)
        if (block.unprovable == Unprovable::new_fields && block.outside_root == 0)
            block.completeness = Completeness::checked;
}

}  // namespace

Task<Result<AllFacts>> SecondOpinion::on(AllFacts facts, Endpoint& teller,
                                         const LogFilter& filter, Deadline by) {
    auto places = places_in_doubt(facts);
    if (places.empty()) co_return std::move(facts);
    CB_CO_CHECKED(co_await ask_others(facts, places, teller, filter, by));
    if (pool_.endpoints().size() == 1) take_new_fields(facts);
    for (const BlockFacts& block : facts)
        if (block.unprovable == Unprovable::new_fields &&
            block.completeness == Completeness::claimed && block.outside_root == 0)
            co_return Error(Errc::unavailable,
                            name_of(block) + ": its header has fields that we do not know, and no "
                                             "second endpoint tells it");
    places = places_in_doubt(facts);
    if (places.empty() || has_state_sync(chain_)) co_return std::move(facts);
    pool_.disagrees(teller, "logs that no receipts root holds");
    co_return Error(Errc::unavailable,
                    name_of(facts[places.front()]) +
                        ": no second endpoint tells the logs outside of the receipts root that " +
                        teller.name() + " tells");
}

/// One after the other.
Task<Result<void>> SecondOpinion::ask_others(AllFacts& facts,
                                             const std::vector<std::size_t>& places,
                                             const Endpoint& teller, const LogFilter& filter,
                                             Deadline by) {
    std::vector<Hash32> blocks;
    for (const std::size_t place : places) blocks.push_back(facts[place].header.ref.hash);
    const Plausible any;
    EndpointPool::Operation<AllFacts> ask = [&](Endpoint& endpoint, Deadline attempt) {
        return plausible_facts(endpoint, proof_, ProvenRead::Unproven::claimed, blocks, filter,
                               any, attempt);
    };
    const Need need;
    const std::vector<Endpoint*> others = pool_.candidates(need);
    for (Endpoint* other : others) {
        if (other == &teller) continue;
        const Deadline attempt = pool_.share(*other, by, 1);
        const auto said = co_await pool_.attempt(*other, ask, attempt);
        if (!said) continue;
        for (std::size_t i = 0; i < places.size(); ++i) {
            BlockFacts& ours = facts[places[i]];
            const BlockFacts& theirs = (*said)[i];
            if (theirs.completeness == Completeness::proven && ours.outside_root == 0) {
                ours = theirs;
            } else if (is_same(ours, theirs)) {
                ours.completeness = Completeness::checked;
            } else if (ours.unprovable == Unprovable::new_fields) {
                co_return Error(Errc::unavailable,
                                name_of(ours) +
                                    ": its header has fields that we do not know, and " +
                                    other->name() + " tells it otherwise than " + teller.name());
            }
        }
    }
    co_return Result<void>();
}

}  // namespace custodialbridge::rpc
