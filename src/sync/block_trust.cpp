#include "block_trust.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace custodialbridge::sync {

namespace {

using rpc::Unprovable;
using rules::BloomVerdict;

std::string reason_of(Unprovable why) {
    switch (why) {
        case Unprovable::no: return "no endpoint proves it";
        case Unprovable::other_header: return "its header hashes from other fields than we know";
        case Unprovable::other_root: return "its receipts do not give its header's root";
        case Unprovable::new_fields: return "its header has fields that we do not know";
    }
    return "";
}

}  // namespace

rpc::Plausible BlockTrust::plausible(bool strict) {
    verdicts_.clear();
    return [this, strict](const rpc::BlockFacts& facts) { return is_plausible(facts, strict); };
}

bool BlockTrust::contradicts_proof(const rpc::BlockFacts& facts) const {
    return has_proven_ && (facts.unprovable == Unprovable::other_header ||
                           facts.unprovable == Unprovable::other_root);
}

/// Nodes are known to announce a head before its logs can be found, and to leave some out. What
/// the bloom rules out is never applied.
bool BlockTrust::is_plausible(const rpc::BlockFacts& facts, bool strict) {
    if (facts.completeness == Completeness::proven) return true;
    if (contradicts_proof(facts)) return false;
    const auto in_root =
        std::span(facts.logs.logs).first(facts.logs.logs.size() - facts.outside_root);
    const auto verdict = rules::check_bloom(facts.header.logs_bloom, in_root, chain_.watchlist);
    verdicts_[facts.header.ref.hash] = verdict;  // of the last endpoint that was asked
    switch (verdict) {
        case BloomVerdict::agrees:
        case BloomVerdict::says_nothing: return true;
        case BloomVerdict::suspiciously_empty:
            return !strict || facts.unprovable == Unprovable::new_fields;
        case BloomVerdict::contradicts: break;
    }
    const bool blooms = chain_.parts.settings.integrity == Integrity::bloom;
    return !blooms && facts.header.logs_bloom == Bloom{};  // some chains have none
}

/// Proof beats the bloom, whatever that said of another endpoint's answer. Of logs outside of the
/// receipts root the bloom knows nothing.
Completeness BlockTrust::completeness_of(const rpc::BlockFacts& facts) const {
    if (facts.completeness != Completeness::claimed) return facts.completeness;
    if (facts.outside_root > 0 || !says_something(facts)) return Completeness::claimed;
    return verdicts_.at(facts.header.ref.hash) == BloomVerdict::agrees ? Completeness::checked
                                                                       : Completeness::claimed;
}

/// An empty bloom that agrees with no logs says nothing where it agrees with any.
bool BlockTrust::says_something(const rpc::BlockFacts& facts) const {
    return !without_bloom_ || facts.header.logs_bloom != Bloom{};
}

void BlockTrust::look_at_bloom(const rpc::BlockFacts& facts) {
    const bool has_logs = facts.logs.logs.size() > facts.outside_root;
    const auto verdict = verdicts_.find(facts.header.ref.hash);
    const bool is_full =
        verdict != verdicts_.end() && verdict->second == BloomVerdict::says_nothing;
    if (facts.header.logs_bloom == Bloom{})
        without_bloom_ = without_bloom_ || has_logs;
    else
        without_bloom_ = is_full;
}

void BlockTrust::applied(const rpc::BlockFacts& facts, Completeness completeness) {
    if (completeness == Completeness::proven) {
        has_proven_ = true;
        if (told_) chain_.probe.proves_again();
        told_.reset();
        return;
    }
    look_at_bloom(facts);
    const Weakness now{facts.unprovable, without_bloom_};
    if (chain_.parts.settings.integrity != Integrity::best || told_ == now) return;
    if (now == Weakness{Unprovable::no, false}) return;
    if (told_) chain_.probe.proves_again();
    told_ = now;
    const std::string level =
        now.why == Unprovable::new_fields
            ? "checked: its receipts give its root, and no endpoint tells otherwise"
        : now.without_bloom ? "claimed: its bloom says nothing either"
                            : "checked: by its bloom alone";
    chain_.probe.cannot_prove("block " + std::to_string(facts.header.ref.number.value) +
                              " cannot be proven: " + reason_of(now.why) +
                              "; such blocks are taken as " + level);
}

}  // namespace custodialbridge::sync
