/// What enough endpoints say alike. Values only.
#pragma once

#include <optional>
#include <vector>

#include "hearing.hpp"

namespace custodialbridge::rpc {

/// The same block by number, hash, parent, time and bloom; where only one has a bloom, by the rest.
bool is_same(const BlockHeader& one, const BlockHeader& other);

/// The same header and the same logs, to the last byte; and root, where both tell it.
bool is_same(const BlockFacts& one, const BlockFacts& other);

/// The same logs, with their data.
bool has_same_logs(const BlockFacts& one, const BlockFacts& other);

/// One value and who says it.
template <class T>
struct Vote {
    T value;
    std::vector<Endpoint*> endpoints;
};

/// Votes on one thing. `Same` tells values apart.
template <class T, class Same>
class Ballot {
  public:
    explicit Ballot(Same same) : same_(std::move(same)) {}

    void add(Endpoint* endpoint, const T& value) {
        for (Vote<T>& vote : votes_)
            if (same_(vote.value, value)) return vote.endpoints.push_back(endpoint);
        votes_.push_back({value, {endpoint}});
    }

    /// That which most say, if they are at least so many.
    const Vote<T>* winner(std::size_t quorum) const {
        const Vote<T>* most = nullptr;
        for (const Vote<T>& vote : votes_)
            if (vote.endpoints.size() >= quorum &&
                (!most || vote.endpoints.size() > most->endpoints.size()))
                most = &vote;
        return most;
    }

    /// Who says something else.
    std::vector<Endpoint*> others(const Vote<T>& winner) const {
        std::vector<Endpoint*> all;
        for (const Vote<T>& vote : votes_)
            if (&vote != &winner)
                all.insert(all.end(), vote.endpoints.begin(), vote.endpoints.end());
        return all;
    }

    const std::vector<Vote<T>>& votes() const { return votes_; }

  private:
    Same same_;
    std::vector<Vote<T>> votes_;
};

/// What was agreed on, and who says otherwise.
template <class T>
struct Agreement {
    T value;
    std::vector<Endpoint*> dissenters;
};

using Headers = std::vector<BlockHeader>;
template <class T>
using Agreed = std::optional<Agreement<T>>;

/// The longest beginning that a quorum shares. That there is nothing is believed when a quorum has
/// nothing.
Agreed<Headers> agree_on_walk(const std::vector<Voice<Headers>>& voices, std::size_t quorum);

/// Each block by a quorum of its own.
Agreed<Headers> agree_on_each(const std::vector<Voice<Headers>>& voices, std::size_t quorum);

/// Each block as one proves it; or as a quorum tells it, which is `checked`. A proof says nothing
/// against logs outside of the receipts root: where some tell of such, it takes a quorum.
Agreed<std::vector<BlockFacts>> agree_on_facts(
    const std::vector<Voice<std::vector<BlockFacts>>>& voices, std::size_t quorum);

/// Balances, question by question. That a call reverts is an answer too.
class BalanceBallots {
  public:
    explicit BalanceBallots(std::size_t questions);

    /// Answers to the questions with these indexes.
    void add(Endpoint* endpoint, const std::vector<std::size_t>& which,
             const std::vector<BalanceAnswer>& answers);

    /// Questions that no quorum answers alike.
    std::vector<std::size_t> open(std::size_t quorum) const;

    /// An open question's answer is unknown, and says who said what.
    Agreement<std::vector<BalanceAnswer>> result(std::size_t quorum) const;

  private:
    using Same = bool (*)(const BalanceAnswer&, const BalanceAnswer&);
    using OneBallot = Ballot<BalanceAnswer, Same>;

    Error unknown(std::size_t question, std::size_t quorum) const;

    std::vector<OneBallot> ballots_;
    std::vector<std::optional<Error>> failed_;  // an answer that was no answer
};

/// "node1:8545, node2:8545 and node3:8545", each once.
std::string names_of(std::vector<Endpoint*> endpoints);

}  // namespace custodialbridge::rpc
