#include "import_command.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <iostream>
#include <string_view>
#include <utility>
#include <vector>

#include "csv_file.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "imported_rows.hpp"
#include "services.hpp"

namespace custodialbridge::app {

namespace {

using runtime::Deadline;
using runtime::Task;

enum ExitCode : int { kDone = 0, kFailed = 1, kWrong = 2 };

constexpr Millis kChunkPatience{60'000};
constexpr Millis kMigrationPatience{600'000};

/// One line that is written over, where a terminal can show it.
class ProgressBar {
  public:
    explicit ProgressBar(std::string_view what) : what_(what), shown_(isatty(STDERR_FILENO) == 1) {}
    ~ProgressBar() {
        if (shown_) std::cerr << "\r\033[K";
    }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(double part, std::uint64_t rows) const {
        if (!shown_) return;
        constexpr int kWidth = 30;
        const int full = static_cast<int>(std::lround(part * kWidth));
        std::cerr << '\r' << what_ << " [" << std::string(static_cast<std::size_t>(full), '#')
                  << std::string(static_cast<std::size_t>(kWidth - full), ' ') << "] "
                  << std::lround(part * 100) << " %, " << rows << " rows" << std::flush;
    }

  private:
    const std::string_view what_;
    const bool shown_;
};

class Import {
  public:
    Import(ImportedRows& rows, const store::Settings& database)
        : rows_(rows), postgres_(store::make_postgres(database, pool_, clock_)) {}

    Result<void> run(CsvFile& file) {
        const ProgressBar bar(rows_.name());
        CB_CHECKED(await(rows_.begin(*postgres_, soon())));
        for (bool more = true; more;) {
            CB_TRY(read, read_chunk(file));
            more = read;
            CB_CHECKED(store_chunk(file));
            bar.show(file.read(), made_ + known_);
        }
        return {};
    }

    std::uint64_t made() const { return made_; }
    std::uint64_t known() const { return known_; }
    std::uint64_t last_line() const { return last_line_; }

  private:
    Deadline soon() { return Deadline::after(clock_, kChunkPatience); }

    /// False at the file's end.
    Result<bool> read_chunk(CsvFile& file) {
        lines_.clear();
        while (lines_.size() < rows_.chunk()) {
            CB_TRY(row, file.next());
            if (!row) return false;
            if (const auto good = rows_.add(*row); !good)
                return file.wrong(row->line, good.error().message());
            lines_.push_back(row->line);
        }
        return true;
    }

    Result<void> store_chunk(const CsvFile& file) {
        if (lines_.empty()) return {};
        auto outcomes = await(rows_.store(*postgres_, soon()));
        if (!outcomes && outcomes.error().code() == Errc::conflict)
            return file.wrong(lines_.front(), "in this chunk, " + outcomes.error().message());
        if (!outcomes) return outcomes.error();
        for (std::size_t i = 0; i < outcomes->size(); ++i)
            if (!(*outcomes)[i]) return file.wrong(lines_[i], (*outcomes)[i].error().message());
        for (const ImportedRow& outcome : *outcomes) ++(*outcome ? made_ : known_);
        last_line_ = lines_.back();
        return {};
    }

    template <class T>
    T await(Task<T> task) {
        auto result = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
        loop_.restart();
        loop_.run();
        return result.get();
    }

    ImportedRows& rows_;
    runtime::SystemClock clock_;
    boost::asio::io_context loop_{1};
    runtime::BlockingPool pool_{"database", 1, 4};
    std::unique_ptr<store::Postgres> postgres_;
    std::vector<std::uint64_t> lines_;  // of the chunk's rows
    std::uint64_t made_ = 0;
    std::uint64_t known_ = 0;
    std::uint64_t last_line_ = 0;
};

int fail(const std::string& why, int code) {
    std::cerr << "custodialbridge: " << why << '\n';
    return code;
}

}  // namespace

int import_command(const config::Settings& settings, const std::string& what,
                   const std::string& file) {
    const auto rows = what == "tokens" ? make_token_rows(settings) : make_wallet_rows(settings);
    const auto csv = CsvFile::open(file, rows->columns());
    if (!csv)
        return fail(csv.error().message(),
                    csv.error().code() == Errc::not_found ? kWrong : kFailed);
    const auto services = Services::attach(settings, "import", Services::Wants::database);
    if (!services) return fail(services.error().message(), kFailed);
    const store::Settings& database = (*services)->database();
    runtime::SystemClock clock;
    const auto migrated =
        store::migrate(database, clock, Deadline::after(clock, kMigrationPatience));
    if (!migrated) return fail(migrated.error().message(), kFailed);
    Import import(*rows, database);
    const auto done = import.run(**csv);
    if (!done) {
        const std::string up_to =
            import.last_line() == 0
                ? "nothing is imported"
                : "the lines up to " + std::to_string(import.last_line()) + " are imported";
        return fail(done.error().message() + " (" + up_to +
                        "; the same file may be imported again when it is mended)",
                    kFailed);
    }
    std::cout << import.made() << ' ' << rows->name() << ' ' << rows->done() << ", "
              << import.known() << " were known before\n";
    return kDone;
}

}  // namespace custodialbridge::app
