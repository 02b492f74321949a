#include "agreement.hpp"

#include <algorithm>

namespace custodialbridge::rpc {

namespace {

using HeaderBallot = Ballot<BlockHeader, bool (*)(const BlockHeader&, const BlockHeader&)>;
using FactsBallot = Ballot<BlockFacts, bool (*)(const BlockFacts&, const BlockFacts&)>;

/// What a parser gives for a header without a bloom: everything may be in it.
bool is_without_bloom(const BlockHeader& header) {
    return std::all_of(header.logs_bloom.begin(), header.logs_bloom.end(),
                       [](std::uint8_t byte) { return byte == 0xff; });
}

bool is_same_log(const Log& one, const Log& other) {
    return one.block == other.block && one.tx_hash == other.tx_hash &&
           one.tx_index == other.tx_index && one.log_index == other.log_index &&
           one.address == other.address && one.topic_count == other.topic_count &&
           one.topics == other.topics;
}

bool is_same_balance(const BalanceAnswer& one, const BalanceAnswer& other) {
    if (one.has_value() != other.has_value()) return false;
    return one ? *one == *other : one.error().code() == other.error().code();
}

/// Contracts answer with a revert; everything else that went wrong is no answer.
bool is_answer(const BalanceAnswer& answer) {
    return answer || answer.error().code() == Errc::invalid;
}

void add_new(std::vector<Endpoint*>& all, const std::vector<Endpoint*>& some) {
    for (Endpoint* one : some)
        if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

template <class T>
std::vector<const Voice<T>*> values_of(const std::vector<Voice<T>>& voices) {
    std::vector<const Voice<T>*> some;
    for (const Voice<T>& voice : voices)
        if (voice.said) some.push_back(&voice);
    return some;
}

}  // namespace

bool is_same(const BlockHeader& one, const BlockHeader& other) {
    if (one.ref != other.ref || one.parent != other.parent || one.timestamp != other.timestamp)
        return false;
    return one.logs_bloom == other.logs_bloom || is_without_bloom(one) || is_without_bloom(other);
}

bool is_same(const BlockFacts& one, const BlockFacts& other) {
    if (!is_same(one.header, other.header)) return false;
    const bool needs_root = one.unprovable == Unprovable::new_fields ||
                            other.unprovable == Unprovable::new_fields;
    const bool have_roots = one.receipts_root && other.receipts_root;
    if (needs_root && !have_roots) return false;
    if (have_roots && *one.receipts_root != *other.receipts_root) return false;
    return has_same_logs(one, other);
}

bool has_same_logs(const BlockFacts& one, const BlockFacts& other) {
    const auto is_same_with_data = [&](const Log& ours, const Log& theirs) {
        const auto data = one.logs.data_of(ours), other_data = other.logs.data_of(theirs);
        return is_same_log(ours, theirs) &&
               std::equal(data.begin(), data.end(), other_data.begin(), other_data.end());
    };
    return std::equal(one.logs.logs.begin(), one.logs.logs.end(), other.logs.logs.begin(),
                      other.logs.logs.end(), is_same_with_data);
}

Agreed<Headers> agree_on_walk(const std::vector<Voice<Headers>>& voices, std::size_t quorum) {
    auto walking = values_of(voices);
    Agreement<Headers> agreed;
    const std::size_t empty = static_cast<std::size_t>(std::count_if(
        walking.begin(), walking.end(), [](const auto* voice) { return voice->said->empty(); }));
    for (std::size_t i = 0;; ++i) {
        HeaderBallot ballot(is_same);
        for (const auto* voice : walking)
            if (i < voice->said->size()) ballot.add(voice->endpoint, (*voice->said)[i]);
        const auto* winner = ballot.winner(quorum);
        if (!winner) break;
        agreed.value.push_back(winner->value);
        add_new(agreed.dissenters, ballot.others(*winner));
        std::erase_if(walking, [&](const auto* voice) {
            const auto& with = winner->endpoints;
            return std::find(with.begin(), with.end(), voice->endpoint) == with.end();
        });
    }
    if (agreed.value.empty() && empty < quorum) return std::nullopt;
    return agreed;
}

Agreed<Headers> agree_on_each(const std::vector<Voice<Headers>>& voices, std::size_t quorum) {
    const auto walking = values_of(voices);
    if (walking.size() < quorum) return std::nullopt;
    Agreement<Headers> agreed;
    for (std::size_t i = 0; i < walking.front()->said->size(); ++i) {
        HeaderBallot ballot(is_same);
        for (const auto* voice : walking) ballot.add(voice->endpoint, voice->said->at(i));
        const auto* winner = ballot.winner(quorum);
        if (!winner) return std::nullopt;
        agreed.value.push_back(winner->value);
        add_new(agreed.dissenters, ballot.others(*winner));
    }
    return agreed;
}

namespace {

/// Not all who say the same of a block say who its transactions name.
void add_parties(const std::vector<const Voice<std::vector<BlockFacts>>*>& telling, std::size_t i,
                 BlockFacts& facts) {
    for (const auto* voice : telling) {
        const BlockFacts& other = voice->said->at(i);
        if (facts.parties.empty() && is_same(other, facts)) facts.parties = other.parties;
    }
}

bool is_any_synced(const std::vector<const Voice<std::vector<BlockFacts>>*>& telling,
                   std::size_t i, const BlockFacts& facts) {
    return std::any_of(telling.begin(), telling.end(), [&](const auto* voice) {
        const BlockFacts& other = voice->said->at(i);
        return other.has_state_sync && is_same(other, facts);
    });
}

}  // namespace

Agreed<std::vector<BlockFacts>> agree_on_facts(
    const std::vector<Voice<std::vector<BlockFacts>>>& voices, std::size_t quorum) {
    const auto telling = values_of(voices);
    if (telling.empty()) return std::nullopt;
    Agreement<std::vector<BlockFacts>> agreed;
    for (std::size_t i = 0; i < telling.front()->said->size(); ++i) {
        FactsBallot ballot(is_same);
        const BlockFacts* proven = nullptr;
        bool is_root_all = true;
        for (const auto* voice : telling) {
            const BlockFacts& facts = voice->said->at(i);
            if (facts.completeness == Completeness::proven) proven = &facts;
            if (facts.has_state_sync) is_root_all = false;
            ballot.add(voice->endpoint, facts);
        }
        if (proven && is_root_all) {
            agreed.value.push_back(*proven);
            for (const auto& vote : ballot.votes())
                if (!is_same(vote.value, *proven)) add_new(agreed.dissenters, vote.endpoints);
            continue;
        }
        const auto* winner = ballot.winner(quorum);
        if (!winner) return std::nullopt;
        agreed.value.push_back(winner->value);
        if (winner->value.completeness == Completeness::claimed ||
            is_any_synced(telling, i, winner->value))
            agreed.value.back().completeness = Completeness::checked;
        add_parties(telling, i, agreed.value.back());
        add_new(agreed.dissenters, ballot.others(*winner));
    }
    return agreed;
}

BalanceBallots::BalanceBallots(std::size_t questions)
    : ballots_(questions, OneBallot(is_same_balance)), failed_(questions) {}

void BalanceBallots::add(Endpoint* endpoint, const std::vector<std::size_t>& which,
                         const std::vector<BalanceAnswer>& answers) {
    for (std::size_t i = 0; i < which.size(); ++i) {
        if (is_answer(answers[i]))
            ballots_[which[i]].add(endpoint, answers[i]);
        else if (!failed_[which[i]])
            failed_[which[i]] = answers[i].error();
    }
}

std::vector<std::size_t> BalanceBallots::open(std::size_t quorum) const {
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < ballots_.size(); ++i)
        if (!ballots_[i].winner(quorum)) which.push_back(i);
    return which;
}

Agreement<std::vector<BalanceAnswer>> BalanceBallots::result(std::size_t quorum) const {
    Agreement<std::vector<BalanceAnswer>> result;
    for (std::size_t i = 0; i < ballots_.size(); ++i) {
        const auto* winner = ballots_[i].winner(quorum);
        if (winner) add_new(result.dissenters, ballots_[i].others(*winner));
        result.value.push_back(winner ? winner->value : BalanceAnswer(unknown(i, quorum)));
    }
    return result;
}

Error BalanceBallots::unknown(std::size_t question, std::size_t quorum) const {
    const auto& votes = ballots_[question].votes();
    if (votes.empty() && failed_[question]) return *failed_[question];
    std::string text = "no " + std::to_string(quorum);
    text.append(" endpoints agree (rpc_quorum)");
    for (const auto& vote : votes) {
        text.append("; ").append(names_of(vote.endpoints)).append(": ");
        text.append(vote.value ? to_string(*vote.value) : vote.value.error().message());
    }
    if (failed_[question]) text.append("; ").append(failed_[question]->message());
    return {Errc::unavailable, text};
}

std::string names_of(std::vector<Endpoint*> endpoints) {
    std::vector<std::string> names;
    for (const Endpoint* endpoint : endpoints)
        if (std::find(names.begin(), names.end(), endpoint->name()) == names.end())
            names.push_back(endpoint->name());
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text.append(i + 1 == names.size() ? " and " : ", ");
        text.append(names[i]);
    }
    return text;
}

}  // namespace custodialbridge::rpc
