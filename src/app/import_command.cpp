#include "import_command.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cmath>
#include <iostream>
#include <utility>
#include <vector>

#include "csv_file.hpp"
#include "custodialbridge/core/address.hpp"
#include "custodialbridge/runtime/blocking_pool.hpp"
#include "custodialbridge/runtime/clock.hpp"
#include "custodialbridge/store/make_postgres.hpp"
#include "services.hpp"

namespace custodialbridge::app {

namespace {

using runtime::Deadline;
using runtime::Task;

enum ExitCode : int { kDone = 0, kFailed = 1, kWrong = 2 };

constexpr std::size_t kChunk = 10'000;
constexpr Millis kChunkPatience{60'000};
constexpr Millis kMigrationPatience{600'000};
constexpr std::array kColumns{CsvColumn{"user_id"}, CsvColumn{"chain_id"}, CsvColumn{"address"},
                              CsvColumn{"is_deployed", false}};
enum Column : std::size_t { kUser, kChain, kAddress, kIsDeployed };

Result<std::optional<bool>> parse_deployed(const std::string& text) {
    if (text.empty()) return std::optional<bool>();
    if (text == "true" || text == "1") return std::optional(true);
    if (text == "false" || text == "0") return std::optional(false);
    return Error(Errc::invalid, "'" + text + "' is neither true nor false");
}

Result<store::NewWallet> parse_wallet(const CsvRow& row, const config::Settings& settings) {
    CB_TRY(user, parse_user_id(row.fields[kUser]));
    CB_TRY(chain, parse_chain_id(row.fields[kChain]));
    CB_TRY(address, parse_address(row.fields[kAddress]));
    CB_TRY(is_deployed, parse_deployed(row.fields[kIsDeployed]));
    const bool configured = std::any_of(settings.chains.begin(), settings.chains.end(),
                                        [&](const auto& one) { return one.chain == chain; });
    if (!configured)
        return Error(Errc::invalid, "chain " + std::to_string(chain.value) + " is not configured");
    return store::NewWallet{std::move(user), chain, address, is_deployed};
}

/// One line that is written over, where a terminal can show it.
class ProgressBar {
  public:
    explicit ProgressBar(const char* what) : what_(what), shown_(isatty(STDERR_FILENO) == 1) {}
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
    const char* what_;
    const bool shown_;
};

class WalletImport {
  public:
    WalletImport(const config::Settings& settings, const store::Settings& database)
        : settings_(settings), postgres_(store::make_postgres(database, pool_, clock_)) {}

    Result<void> run(CsvFile& file) {
        const ProgressBar bar("wallets");
        for (bool more = true; more;) {
            CB_TRY(read, read_chunk(file));
            more = read;
            CB_CHECKED(store_chunk(file));
            bar.show(file.read(), created_ + known_);
        }
        return {};
    }

    std::uint64_t created() const { return created_; }
    std::uint64_t known() const { return known_; }
    std::uint64_t last_line() const { return last_line_; }

  private:
    /// False at the file's end.
    Result<bool> read_chunk(CsvFile& file) {
        wallets_.clear();
        lines_.clear();
        while (wallets_.size() < kChunk) {
            CB_TRY(row, file.next());
            if (!row) return false;
            auto wallet = parse_wallet(*row, settings_);
            if (!wallet) return file.wrong(row->line, wallet.error().message());
            wallets_.push_back(std::move(*wallet));
            lines_.push_back(row->line);
        }
        return true;
    }

    Result<void> store_chunk(const CsvFile& file) {
        if (wallets_.empty()) return {};
        const Deadline by = Deadline::after(clock_, kChunkPatience);
        CB_TRY(outcomes, await(postgres_->wallets().import_together(wallets_, by)));
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            if (!outcomes[i]) return file.wrong(lines_[i], outcomes[i].error().message());
        for (const auto& outcome : outcomes)
            ++(*outcome == store::Registered::now ? created_ : known_);
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

    const config::Settings& settings_;
    runtime::SystemClock clock_;
    boost::asio::io_context loop_{1};
    runtime::BlockingPool pool_{"database", 1, 4};
    std::unique_ptr<store::Postgres> postgres_;
    std::vector<store::NewWallet> wallets_;
    std::vector<std::uint64_t> lines_;
    std::uint64_t created_ = 0;
    std::uint64_t known_ = 0;
    std::uint64_t last_line_ = 0;
};

int fail(const std::string& why, int code) {
    std::cerr << "custodialbridge: " << why << '\n';
    return code;
}

}  // namespace

int import_wallets_command(const config::Settings& settings, const std::string& file) {
    const auto csv = CsvFile::open(file, kColumns);
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
    WalletImport import(settings, database);
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
    std::cout << import.created() << " wallets registered, " << import.known()
              << " were known before\n";
    return kDone;
}

}  // namespace custodialbridge::app
