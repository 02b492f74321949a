#include "custodialbridge/ledger/resume_desk.hpp"

#include "custodialbridge/runtime/run_together.hpp"

namespace custodialbridge::ledger {

namespace {

constexpr Millis kLookInterval{50};
constexpr Millis kBoardPatience{3'000};  // a standby looks at the stored cursor once a second

constexpr const char* kNotTakenUp =
    "the order was not taken up in time and was withdrawn: nothing was changed";

class OrderingDesk final : public ResumeDesk {
  public:
    explicit OrderingDesk(ResumeParts parts) : parts_(std::move(parts)) {}

    Task<Result<void>> resume(ChainId chain, BlockNumber from, Deadline taken_up_by,
                              Deadline by) override {
        if (parts_.board.find(chain) == nullptr)
            co_return Error(Errc::not_found,
                            "chain " + std::to_string(chain.value) + " is not configured");
        const auto patience =
            std::chrono::duration_cast<Millis>(taken_up_by.left(parts_.clock));
        CB_CO_TRY(id, co_await parts_.orders.order(chain, from, patience, by));
        co_await runtime::on(parts_.sync_loop, call(parts_.on_ordered, chain));
        CB_CO_TRY(outcome, co_await end_of(id, taken_up_by, by));
        if (outcome.refusal) {
            const Errc code = *outcome.refusal == kNotTakenUp ? Errc::unavailable : Errc::refused;
            co_return Error(code, *outcome.refusal);
        }
        co_await until_shown(chain, outcome.epoch, by);
        co_await runtime::on(parts_.sync_loop, call(parts_.on_resumed, chain));
        co_return Result<void>{};
    }

  private:
    static Task<void> call(const std::function<void(ChainId)>& what, ChainId chain) {
        what(chain);
        co_return;
    }

    /// Withdrawn when it takes too long; should it have ended just then, that counts.
    Task<Result<store::ResumeOutcome>> end_of(ResumeId id, Deadline taken_up_by, Deadline by) {
        while (!taken_up_by.passed(parts_.clock)) {
            auto outcome = co_await parts_.orders.outcome(id, by);
            if (outcome && *outcome) co_return **outcome;
            if (!outcome && !outcome.error().retryable()) co_return outcome.error();
            co_await parts_.clock.sleep_until(parts_.clock.now() + kLookInterval);
        }
        auto withdrawn = co_await parts_.orders.refuse(id, kNotTakenUp, by);
        if (!withdrawn) co_return unknown(withdrawn.error());
        auto outcome = co_await parts_.orders.outcome(id, by);
        if (!outcome) co_return unknown(outcome.error());
        if (!*outcome) co_return Error(Errc::corrupt, "an order to resume that never ends");
        co_return **outcome;
    }

    static Error unknown(const Error& error) {
        return Error(Errc::timed_out,
                     "whether the ledger was reversed is not known: " + error.message());
    }

    /// What is asked of this process afterwards is answered from the reversed ledger.
    Task<void> until_shown(ChainId chain, std::uint32_t epoch, Deadline by) {
        const ChainTip* tip = parts_.board.find(chain);
        const Deadline patience = by.at_most(parts_.clock, kBoardPatience);
        while (tip->read().epoch < epoch && !patience.passed(parts_.clock))
            co_await parts_.clock.sleep_until(parts_.clock.now() + kLookInterval);
    }

    const ResumeParts parts_;
};

}  // namespace

std::unique_ptr<ResumeDesk> make_resume_desk(ResumeParts parts) {
    return std::make_unique<OrderingDesk>(std::move(parts));
}

}  // namespace custodialbridge::ledger
