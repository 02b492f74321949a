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

bool is_full(const Bloom& bloom) {
    return std::all_of(bloom.begin(), bloom.end(), [](std::uint8_t byte) { return byte == 0xff; });
}

}  // namespace

rpc::Plausible BlockTrust::plausible(bool strict) {
    verdicts_.clear();
    return [this, strict](const rpc::BlockFacts& facts) { return is_plausible(facts, strict); };
}

bool BlockTrust::contradicts_proof(const rpc::BlockFacts& facts) const {
    if (facts.unprovable == Unprovable::other_header) return has_proven_;
    return facts.unprovable == Unprovable::other_root && has_proven_receipts_;
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
        case BloomVerdict::suspiciously_empty: return !strict;
        case BloomVerdict::contradicts: break;
    }
    const bool blooms = chain_.parts.settings.integrity == Integrity::bloom;
    return !blooms && facts.header.logs_bloom == Bloom{};  // some chains have none
}

/// Proof beats the bloom, whatever that said of another endpoint's answer. Of logs outside of the
/// receipts root the bloom knows nothing.
Completeness BlockTrust::completeness_of(const rpc::BlockFacts& facts) const {
    if (facts.completeness != Completeness::claimed) return facts.completeness;
    if (facts.has_state_sync || !says_something(facts)) return Completeness::claimed;
    return verdicts_.at(facts.header.ref.hash) == BloomVerdict::agrees ? Completeness::checked
                                                                       : Completeness::claimed;
}

/// An empty bloom that agrees with no logs says nothing where it agrees with any, as it may on a
/// chain that has not shown another one yet.
bool BlockTrust::says_something(const rpc::BlockFacts& facts) const {
    return has_blooms_ || facts.header.logs_bloom != Bloom{};
}

void BlockTrust::look_at_bloom(const rpc::BlockFacts& facts) {
    const Bloom& bloom = facts.header.logs_bloom;
    const bool has_logs = facts.logs.logs.size() > facts.outside_root;
    if (bloom == Bloom{} && !has_logs) return;
    without_bloom_ = bloom == Bloom{} || is_full(bloom);
    has_blooms_ = !without_bloom_;
}

/// Of blooms that may still come nobody is told, where that is all.
BlockTrust::Weakness BlockTrust::weakness_of(const rpc::BlockFacts& facts) const {
    if (facts.unprovable == Unprovable::new_fields) return {facts.unprovable, false};
    const bool is_quiet = facts.unprovable == Unprovable::no;
    return {facts.unprovable, is_quiet ? without_bloom_ : !has_blooms_};
}

void BlockTrust::applied(const rpc::BlockFacts& facts, Completeness completeness) {
    look_at_bloom(facts);
    if (completeness == Completeness::proven) {
        has_proven_ = true;
        has_proven_receipts_ = has_proven_receipts_ || facts.has_proven_receipts;
        if (told_) chain_.probe.proves_again();
        told_.reset();
        return;
    }
    const Weakness now = weakness_of(facts);
    if (chain_.parts.settings.integrity != Integrity::best || told_ == now) return;
    if (now == Weakness{Unprovable::no, false}) return;
    if (told_) chain_.probe.proves_again();
    told_ = now;
    const std::string level =
        now.why == Unprovable::new_fields
            ? "checked: its receipts give its root, and two endpoints tell them"
        : now.without_bloom ? "claimed: its bloom says nothing either"
                            : "checked: by its bloom alone";
    chain_.probe.cannot_prove("block " + std::to_string(facts.header.ref.number.value) +
                              " cannot be proven: " + reason_of(now.why) +
                              "; such blocks are taken as " + level);
}

}  // namespace custodialbridge::sync
