#include <memory>
#include <string>

#include "journal_indexes.hpp"
#include "postgres_chains.hpp"

namespace custodialbridge::store {
namespace {

constexpr Millis kLook{50};              // how often a build is looked after
constexpr Millis kAnswerTimeout{5'000};  // for everything but the build itself

/// Whoever waits for a lock holds a snapshot, and CREATE INDEX CONCURRENTLY waits for snapshots: so
/// the lock is tried, never awaited. It goes with the session.
constexpr const char* kBegin = "SET statement_timeout = 0; SELECT pg_try_advisory_lock(4921, 2)";

/// Builds in a session of its own, a step a call. Giving it up ends the session; the server then
/// stops building and leaves an invalid index, which the next build replaces.
class IndexBuild {
  public:
    IndexBuild(const Settings& settings, const runtime::Clock& clock,
               const std::atomic<Instant>* latest)
        : settings_(settings), clock_(clock), latest_(latest) {}

    /// Never waits for the build; true when every index is there.
    Result<bool> advance() {
        const Deadline by = Deadline::after(clock_, kAnswerTimeout);
        if (!session_) CB_CHECKED(begin(by));
        if (building_) {
            CB_TRY(answered, session_->answered());
            if (!answered) return false;
            CB_CHECKED(session_->answers(by));
            building_ = false;
        }
        for (const JournalIndex& index : kJournalIndexes) {
            CB_TRY(step, step_towards(index, by));
            if (step.empty()) continue;
            CB_CHECKED(session_->start(step, by));
            building_ = true;
            return false;
        }
        return true;
    }

  private:
    Result<void> begin(Deadline by) {
        CB_TRY(session, Connection::open(settings_, clock_, by, latest_));
        session_ = std::move(session);
        CB_TRY(answers, session_->execute(kBegin, by));
        if (answers[1].text(0, 0) == "t") return {};
        return Error(Errc::conflict, "the journal's indexes are being built by another process");
    }

    /// Empty when the index is good.
    Result<std::string> step_towards(const JournalIndex& index, Deadline by) {
        const std::string name(index.name);
        CB_TRY(found,
               session_->execute(
                   "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('" + name + "')",
                   by));
        if (found[0].empty())
            return "CREATE INDEX CONCURRENTLY " + name + " ON " + std::string(index.definition);
        if (found[0].text(0, 0) == "t") return std::string();
        return "DROP INDEX CONCURRENTLY " + name;  // an earlier build was cut off
    }

    const Settings& settings_;
    const runtime::Clock& clock_;
    const std::atomic<Instant>* latest_;
    std::unique_ptr<Connection> session_;
    bool building_ = false;
};

}  // namespace

/// Looked after from the loop, so that whoever stops the program does not wait for the build.
Task<Result<void>> PostgresChains::index_journal(Deadline by) {
    runtime::Clock& clock = database_.clock();
    const auto build = std::make_shared<IndexBuild>(database_.settings(), clock,
                                                    database_.latest());
    while (!by.passed(clock)) {
        auto step = [build] { return build->advance(); };
        CB_CO_TRY(done, co_await database_.threads().run(std::move(step)));
        if (done) co_return Result<void>{};
        co_await clock.sleep_until(clock.now() + kLook);
    }
    co_return Error(Errc::timed_out, "the journal's indexes are not built in time");
}

}  // namespace custodialbridge::store
