#include "custodialbridge/ledger/chain_reader.hpp"

#include "custodialbridge/core/check.hpp"
#include "custodialbridge/runtime/gathering.hpp"
#include "custodialbridge/runtime/run_together.hpp"
#include "pinned_reads.hpp"

namespace custodialbridge::ledger {

namespace {

/// What is asked within two milliseconds is read together. One round may be under way and a second
/// one beside it, so that one slow answer does not hold up all; later questions gather meanwhile,
/// and the rounds' size grows instead of their number.
constexpr runtime::GatheringPace kPace{Millis{2}, 1'000, 2};

ReadFailure late() { return {NoBalance::chain_unavailable, "the chain did not answer in time"}; }

/// Null when nobody has anything at any block.
const BlockRef* newest_of(const std::vector<ChainReadResult>& reads) {
    const BlockRef* newest = nullptr;
    for (const ChainReadResult& read : reads)
        if (read && read->wallets > 0 && (!newest || newest->number < read->block.number))
            newest = &read->block;
    return newest;
}

class PinnedChainReader final : public ChainReader {
  public:
    explicit PinnedChainReader(ChainReaderParts parts)
        : parts_(std::move(parts)),
          reads_(parts_),
          gathered_(parts_.clock, kPace, late(),
                    [this](std::vector<PinnedQuestion> questions, Deadline by) {
                        return reads_.read(std::move(questions), by);
                    }) {
        CB_CHECK(parts_.confirmations > 0);
    }

    Task<ChainReadResult> read(UserId user, const Token& token, std::uint32_t confirmations,
                               Deadline by) override {
        if (confirmations == 0) confirmations = parts_.confirmations;
        auto reading = read_here({std::move(user), &token, confirmations}, by);
        co_return co_await runtime::on(parts_.sync_loop, std::move(reading));
    }

    Task<std::vector<ChainReadResult>> read_all(std::vector<ChainQuestion> questions,
                                                std::uint32_t confirmations,
                                                Deadline by) override {
        if (confirmations == 0) confirmations = parts_.confirmations;
        std::vector<PinnedQuestion> pinned;
        pinned.reserve(questions.size());
        for (ChainQuestion& question : questions)
            pinned.push_back({std::move(question.user), question.token, confirmations});
        auto reading = read_all_here(std::move(pinned), by);
        co_return co_await runtime::on(parts_.sync_loop, std::move(reading));
    }

    Task<Result<BlockHeader>> header(BlockNumber number, Deadline by) override {
        auto asking = header_here(number, by);
        co_return co_await runtime::on(parts_.sync_loop, std::move(asking));
    }

  private:
    Task<Result<BlockHeader>> header_here(BlockNumber number, Deadline by) {
        std::vector<BlockNumber> numbers{number};
        CB_CO_TRY(headers, co_await parts_.rpc.headers_of(std::move(numbers), by));
        CB_CHECK(headers.size() == 1 && headers.front().ref.number == number);
        co_return std::move(headers.front());
    }

    Task<ChainReadResult> read_here(PinnedQuestion question, Deadline by) {
        ChainReadResult read;
        if (is_collection(*question.token))
            co_await read_alone(std::move(question), read, by);
        else
            read = co_await gathered_.ask(std::move(question), by);
        if (read && read->wallets > 0) co_await reads_.wait_for_ledger(read->block, by);
        co_return read;
    }

    Task<std::vector<ChainReadResult>> read_all_here(std::vector<PinnedQuestion> questions,
                                                     Deadline by) {
        std::vector<ChainReadResult> reads(questions.size());
        std::vector<PinnedQuestion> together;
        std::vector<std::size_t> places;
        std::vector<Task<void>> parts;
        for (std::size_t i = 0; i < questions.size(); ++i) {
            if (is_collection(*questions[i].token)) {
                parts.push_back(read_alone(std::move(questions[i]), reads[i], by));
            } else {
                together.push_back(std::move(questions[i]));
                places.push_back(i);
            }
        }
        if (!together.empty())
            parts.push_back(read_together(std::move(together), std::move(places), reads, by));
        if (!parts.empty()) co_await runtime::run_all(std::move(parts));
        if (const BlockRef* const newest = newest_of(reads))
            co_await reads_.wait_for_ledger(*newest, by);
        co_return reads;
    }

    Task<void> read_alone(PinnedQuestion question, ChainReadResult& read, Deadline by) {
        std::vector<PinnedQuestion> alone;
        alone.push_back(std::move(question));
        auto answers = co_await reads_.read(std::move(alone), by);
        read = std::move(answers.front());
    }

    Task<void> read_together(std::vector<PinnedQuestion> questions, std::vector<std::size_t> places,
                             std::vector<ChainReadResult>& reads, Deadline by) {
        auto answers = co_await gathered_.ask_all(std::move(questions), by);
        for (std::size_t i = 0; i < places.size(); ++i) reads[places[i]] = std::move(answers[i]);
    }

    const ChainReaderParts parts_;
    PinnedReads reads_;
    runtime::Gathering<PinnedQuestion, ChainReadResult> gathered_;
};

}  // namespace

std::unique_ptr<ChainReader> make_chain_reader(ChainReaderParts parts) {
    return std::make_unique<PinnedChainReader>(std::move(parts));
}

}  // namespace custodialbridge::ledger
