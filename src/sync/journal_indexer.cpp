#include "custodialbridge/sync/journal_indexer.hpp"

#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::sync {

namespace {

using runtime::Progress;
using runtime::Task;

constexpr Millis kBuildTimeout = std::chrono::hours(2);

class JournalIndexer final : public runtime::Converging {
  public:
    JournalIndexer(store::ChainStore& chains, runtime::Clock& clock,
                   std::function<bool()> caught_up)
        : chains_(chains), clock_(clock), caught_up_(std::move(caught_up)) {}

    std::string_view name() const override { return "journal-indexer"; }

    Task<Result<Progress>> converge() override {
        if (done_) co_return Progress::stopped;
        if (!caught_up_()) co_return Progress::caught_up;
        CB_CO_CHECKED(co_await chains_.index_journal(
            runtime::Deadline::after(clock_, kBuildTimeout)));
        done_ = true;
        co_return Progress::stopped;
    }

    void failed(const Error& error, unsigned, Millis) override {
        telemetry::log(telemetry::LogLevel::warn, "journal indexes not built",
                       {{"error", error}});
    }

  private:
    store::ChainStore& chains_;
    runtime::Clock& clock_;
    std::function<bool()> caught_up_;
    bool done_ = false;
};

}  // namespace

std::unique_ptr<runtime::Converging> make_journal_indexer(store::ChainStore& chains,
                                                          runtime::Clock& clock,
                                                          std::function<bool()> caught_up) {
    return std::make_unique<JournalIndexer>(chains, clock, std::move(caught_up));
}

}  // namespace custodialbridge::sync
