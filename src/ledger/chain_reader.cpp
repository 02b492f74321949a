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
constexpr runtime::GatheringPace kPace{Millis{2}, 500, 2};

ReadFailure late() { return {NoBalance::chain_unavailable, "the chain did not answer in time"}; }

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

    Task<ChainReadResult> read(UserId user, Token token, std::uint32_t confirmations,
                               Deadline by) override {
        if (confirmations == 0) confirmations = parts_.confirmations;
        PinnedQuestion question{std::move(user), std::move(token), confirmations};
        auto reading = read_here(std::move(question), by);
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
        ChainReadResult read = late();
        if (is_collection(question.token)) {
            std::vector<PinnedQuestion> alone;
            alone.push_back(std::move(question));
            auto answers = co_await reads_.read(std::move(alone), by);
            read = std::move(answers.front());
        } else {
            read = co_await gathered_.ask(std::move(question), by);
        }
        if (read && read->wallets > 0) co_await reads_.wait_for_ledger(read->block, by);
        co_return read;
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
