#include "quorum_reads.hpp"

#include <algorithm>

#include "chain_calls.hpp"
#include "pinned_read.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

namespace {

using BalanceAnswers = std::vector<BalanceAnswer>;
using AllFacts = std::vector<BlockFacts>;
using OptionalHeaders = std::vector<std::optional<BlockHeader>>;

std::size_t values_among(const auto& voices) {
    return static_cast<std::size_t>(std::count_if(
        voices.begin(), voices.end(), [](const auto& voice) { return voice.said.has_value(); }));
}

Task<Result<BalanceAnswers>> read_balances(Endpoint& endpoint, MulticallSite& site, BlockRef at,
                                           const std::vector<BalanceQuestion>& questions,
                                           Deadline by) {
    PinnedRead read(endpoint, site, at, questions, by);
    co_return co_await read.run();
}

/// Blocks at which to look for the one that a quorum has: each tip that is not above `highest`, and
/// some before it. Falling.
std::vector<BlockNumber> places_below(BlockNumber highest, const std::vector<BlockNumber>& tips) {
    constexpr std::uint64_t kOneByOne = 8, kDeepest = 256;
    std::vector<BlockNumber> places;
    for (const BlockNumber tip : tips)
        if (tip <= highest) places.push_back(tip);
    for (std::uint64_t down = 0; down <= kDeepest && down <= highest.value;
         down += down < kOneByOne ? 1 : down)
        places.push_back({highest.value - down});
    std::sort(places.begin(), places.end(), [](auto a, auto b) { return b < a; });
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
}

}  // namespace

template <class T>
std::optional<Error> QuorumReads::agreed_error(const std::vector<Voice<T>>& voices) const {
    std::map<Errc, std::size_t> times;
    for (const Voice<T>& voice : voices) {
        if (voice.said) continue;
        const Errc code = voice.said.error().code();
        const std::size_t said = ++times[code];
        const bool leaves_too_few =
            code == Errc::unsupported && pool_.endpoints().size() - said < quorum_;
        if (said >= quorum_ || leaves_too_few) return voice.said.error();
    }
    return std::nullopt;
}

template <class T>
Error QuorumReads::no_quorum(const std::vector<Voice<T>>& voices, const std::string& about) const {
    std::vector<Endpoint*> all;
    std::string errors;
    for (const Voice<T>& voice : voices) {
        all.push_back(voice.endpoint);
        if (!voice.said) errors.append("; ").append(voice.said.error().message());
    }
    std::string text = "no " + std::to_string(quorum_);
    text.append(" endpoints agree (rpc_quorum) on ").append(about).append(": asked were ");
    return {Errc::unavailable, text.append(names_of(all)).append(errors)};
}

Error QuorumReads::too_few(std::size_t answered,
                           const std::map<const Endpoint*, Error>& failures) const {
    std::string text = "rpc_quorum asks for " + std::to_string(quorum_);
    text.append(" endpoints, and ").append(std::to_string(answered)).append(" could answer");
    for (const auto& endpoint : pool_.endpoints()) {
        const auto failed = failures.find(endpoint.get());
        const EndpointHealth& health = endpoint->health();
        if (failed != failures.end())
            text.append("; ").append(failed->second.message());
        else if (!health.usable(clock_.now()))
            text.append("; ").append(endpoint->name()).append(": ").append(health.last_error());
    }
    return {Errc::unavailable, text};
}

template <class T>
T QuorumReads::settled(Agreement<T> agreement, const std::string& about) {
    for (Endpoint* endpoint : agreement.dissenters) pool_.disagrees(*endpoint, about);
    return std::move(agreement.value);
}

/// `judge` takes all voices so far and gives an Agreement or nothing.
template <class T, class Agree>
Task<Result<T>> QuorumReads::agree(Topic topic, EndpointPool::Operation<T> operation, Agree judge,
                                   Deadline by) {
    topic.need.endpoints = quorum_;
    const Deadline waiting = by.at_most(clock_, EndpointPool::kWaitForAnyMax);
    std::map<const Endpoint*, Error> failures;
    std::size_t answered = 0;
    do {
        const std::vector<Endpoint*> candidates = pool_.candidates(topic.need);
        Hearing<T> hearing(pool_, clock_, candidates, operation, by);
        std::size_t wanted = topic.first > 0 ? topic.first : quorum_;
        while (hearing.has_more()) {
            co_await hearing.hear(wanted);
            auto agreed = judge(hearing.voices());
            if (agreed) co_return settled(std::move(*agreed), topic.about);
            auto error = agreed_error(hearing.voices());
            if (error) co_return std::move(*error);
            const std::size_t heard = hearing.voices().size();
            wanted = heard < quorum_ ? quorum_ - heard : 1;
        }
        answered = hearing.voices().size();
        if (answered >= quorum_) co_return no_quorum(hearing.voices(), topic.about);
        for (const auto& [endpoint, error] : hearing.failures()) failures[endpoint] = error;
    } while (co_await pool_.wait_for_any(waiting, quorum_));
    co_return too_few(answered, failures);
}

Task<Result<BlockHeader>> QuorumReads::header(BlockTag tag, Deadline by) {
    EndpointPool::Operation<BlockHeader> ask = [tag](Endpoint& endpoint, Deadline attempt) {
        return tagged_header(endpoint, tag, attempt);
    };
    // Who is behind must not keep the others back: so all are asked, and none is left over.
    Tips tips;
    const auto collect = [&](const Tips& voices) -> Agreed<BlockHeader> {
        if (values_among(voices) < quorum_) return std::nullopt;
        tips = voices;
        std::erase_if(tips, [](const auto& tip) { return !tip.said; });
        return Agreement<BlockHeader>{*tips.front().said, {}};
    };
    Topic topic{Need(), "the newest block", pool_.endpoints().size()};
    auto heard = co_await agree<BlockHeader>(std::move(topic), std::move(ask), collect, by);
    if (!heard) co_return std::move(heard);
    co_return co_await newest_common(std::move(tips), by);
}

/// A block that a quorum of the tips names, when none of them is above the quorum's.
std::optional<BlockHeader> QuorumReads::agreed_block(const Tips& tips) {
    std::vector<BlockNumber> numbers;
    for (const auto& tip : tips) numbers.push_back(tip.said->ref.number);
    std::sort(numbers.begin(), numbers.end(), [](auto a, auto b) { return b < a; });
    const BlockNumber highest = numbers[quorum_ - 1];
    std::vector<Voice<Headers>> there;
    for (const auto& tip : tips)
        if (tip.said->ref.number == highest) there.push_back({tip.endpoint, Headers{*tip.said}});
    auto agreed = agree_on_each(there, quorum_);
    if (!agreed) return std::nullopt;
    return settled(std::move(*agreed), "the newest block").front();
}

Task<Result<BlockHeader>> QuorumReads::newest_common(Tips tips, Deadline by) {
    if (auto agreed = agreed_block(tips)) co_return *agreed;
    std::vector<BlockNumber> numbers;
    std::vector<Endpoint*> endpoints;
    for (const auto& tip : tips) {
        numbers.push_back(tip.said->ref.number);
        endpoints.push_back(tip.endpoint);
    }
    std::sort(numbers.begin(), numbers.end(), [](auto a, auto b) { return b < a; });
    const std::vector<BlockNumber> places = places_below(numbers[quorum_ - 1], numbers);
    EndpointPool::Operation<OptionalHeaders> ask = [&places](Endpoint& endpoint,
                                                             Deadline attempt) {
        return numbered_headers(endpoint, places, attempt);
    };
    Hearing<OptionalHeaders> hearing(pool_, clock_, endpoints, ask, by);
    co_await hearing.hear(endpoints.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        std::vector<Voice<Headers>> there;
        for (const auto& voice : hearing.voices())
            if (voice.said && (*voice.said)[i])
                there.push_back({voice.endpoint, Headers{*(*voice.said)[i]}});
        auto agreed = agree_on_each(there, quorum_);
        if (agreed) co_return settled(std::move(*agreed), "the newest block").front();
    }
    co_return no_quorum(hearing.voices(), "any of the newest blocks");
}

Task<Result<Headers>> QuorumReads::headers(BlockNumber first, std::uint32_t count, Deadline by) {
    EndpointPool::Operation<Headers> ask = [first, count](Endpoint& endpoint, Deadline attempt) {
        return linked_headers(endpoint, first, count, attempt);
    };
    const auto judge = [this](const std::vector<Voice<Headers>>& voices) {
        return agree_on_walk(voices, quorum_);
    };
    Topic topic{Need(), "block " + std::to_string(first.value)};
    topic.need.block = first;
    co_return co_await agree<Headers>(std::move(topic), std::move(ask), judge, by);
}

Task<Result<Headers>> QuorumReads::headers_of(std::vector<BlockNumber> blocks, Deadline by) {
    EndpointPool::Operation<Headers> ask = [&blocks](Endpoint& endpoint, Deadline attempt) {
        return all_headers(endpoint, blocks, attempt);
    };
    const auto judge = [this](const std::vector<Voice<Headers>>& voices) {
        return agree_on_each(voices, quorum_);
    };
    Topic topic{Need(), "final blocks"};
    topic.need.block = *std::max_element(blocks.begin(), blocks.end());
    co_return co_await agree<Headers>(std::move(topic), std::move(ask), judge, by);
}

/// Whether it is worth while to ask one endpoint first, whose proof needs no other.
bool QuorumReads::another_may_prove(const Need& need) const {
    if (proof_ == Proof::none) return false;
    const std::vector<Endpoint*> candidates = pool_.candidates(need);
    return !candidates.empty() && candidates.front()->proves != Support::no;
}

Task<Result<AllFacts>> QuorumReads::facts(std::vector<Hash32> blocks, LogFilter filter,
                                          Deadline by, Plausible plausible) {
    EndpointPool::Operation<AllFacts> ask = [&](Endpoint& endpoint, Deadline attempt) {
        return plausible_facts(endpoint, proof_, ProvenRead::Unproven::claimed, blocks, filter,
                               plausible, attempt);
    };
    const auto judge = [this](const std::vector<Voice<AllFacts>>& voices) {
        return agree_on_facts(voices, quorum_);
    };
    Topic topic{Need(), "the logs of a block"};
    const bool asks_for_proof = proof_ == Proof::required || !filter.empty();
    if (asks_for_proof && another_may_prove(topic.need)) topic.first = 1;
    auto facts = co_await agree<AllFacts>(topic, ask, judge, by);
    const bool is_about_roots = !facts && proof_ == Proof::automatic &&
                                facts.error().code() == Errc::unavailable &&
                                give_up_roots(pool_.endpoints());
    if (is_about_roots) facts = co_await agree<AllFacts>(topic, ask, judge, by);
    co_return std::move(facts);
}

Task<Result<BalanceAnswers>> QuorumReads::balances(BlockRef at,
                                                   std::vector<BalanceQuestion> questions,
                                                   Deadline by) {
    EndpointPool::Operation<BalanceAnswers> ask = [&](Endpoint& endpoint, Deadline attempt) {
        return read_balances(endpoint, multicall_, at, questions, attempt);
    };
    std::vector<std::size_t> all(questions.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    BalanceBallots ballots(questions.size());
    std::vector<Endpoint*> asked;
    const auto collect =
        [&](const std::vector<Voice<BalanceAnswers>>& voices) -> Agreed<BalanceAnswers> {
        if (values_among(voices) < quorum_) return std::nullopt;
        for (const auto& voice : voices) {
            asked.push_back(voice.endpoint);
            if (voice.said) ballots.add(voice.endpoint, all, *voice.said);
        }
        return Agreement<BalanceAnswers>();
    };
    Topic topic{Need(), "balances at block " + std::to_string(at.number.value)};
    topic.need.block = at.number;
    topic.need.endpoints = quorum_;
    const Topic same = topic;
    auto heard = co_await agree<BalanceAnswers>(std::move(topic), std::move(ask), collect, by);
    if (!heard) co_return std::move(heard);
    CB_CO_CHECKED(co_await settle_open(ballots, same.need, asked, at, questions, by));
    auto result = ballots.result(quorum_);
    co_return settled(std::move(result), same.about);
}

/// Asks those that were not asked yet for what the others do not agree on.
Task<Result<void>> QuorumReads::settle_open(BalanceBallots& ballots, const Need& need,
                                            const std::vector<Endpoint*>& asked, BlockRef at,
                                            const std::vector<BalanceQuestion>& questions,
                                            Deadline by) {
    const std::vector<std::size_t> open = ballots.open(quorum_);
    std::vector<Endpoint*> others = pool_.candidates(need);
    std::erase_if(others, [&](Endpoint* one) {
        return std::find(asked.begin(), asked.end(), one) != asked.end();
    });
    if (open.empty() || others.empty()) co_return Result<void>();
    std::vector<BalanceQuestion> disputed;
    for (const std::size_t index : open) disputed.push_back(questions[index]);
    EndpointPool::Operation<BalanceAnswers> ask = [&](Endpoint& endpoint, Deadline attempt) {
        return read_balances(endpoint, multicall_, at, disputed, attempt);
    };
    Hearing<BalanceAnswers> hearing(pool_, clock_, others, ask, by);
    co_await hearing.hear(others.size());
    for (const auto& voice : hearing.voices())
        if (voice.said) ballots.add(voice.endpoint, open, *voice.said);
    co_return Result<void>();
}

}  // namespace custodialbridge::rpc
