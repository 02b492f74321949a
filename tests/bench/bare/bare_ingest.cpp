/// How fast PostgreSQL takes a prepared chain's rows: bare_ingest FOLDER DATABASE_URL
/// [ROWS_PER_COMMIT=60000]
///
/// The database has the daemon's tables, empty. All buffers are made before the clock starts; then
/// each commit is one binary COPY into the journal and pipelined upserts of blocks, balances and
/// cursor. Prints JSON.
#include <sys/resource.h>

#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "ledger_rows.hpp"
#include "prepared_chain.hpp"

namespace custodialbridge::bench {

namespace {

constexpr std::int32_t kToken = 1;
constexpr std::uint64_t kFirstTimestamp = 1'700'000'000;

using Clock = std::chrono::steady_clock;

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::int64_t wallet_id(std::uint32_t wallet) {
    return wallet == kNobody ? 0 : std::int64_t{wallet} + 1;
}

/// Cuts the chain's transfers into commits.
class Commits {
  public:
    Commits(const PreparedChain& chain, const BareLedger& ledger)
        : chain_(chain), ledger_(ledger), amounts_(chain.facts().wallets) {}

    std::vector<ReadyCommit> make(std::size_t rows_per_commit) {
        std::vector<ReadyCommit> made;
        auto left = chain_.transfers();
        while (!left.empty()) {
            std::size_t count = std::min(left.size(), rows_per_commit);
            while (count < left.size() && left[count].block == left[count - 1].block) ++count;
            made.push_back(commit_of(left.first(count)));
            left = left.subspan(count);
        }
        return made;
    }

    const std::vector<Amount>& amounts() const { return amounts_; }

  private:
    ReadyCommit commit_of(std::span<const Transfer> transfers) {
        std::vector<JournalRow> journal;
        std::vector<BlockRow> blocks;
        std::map<std::uint32_t, std::int64_t> touched;
        for (const Transfer& transfer : transfers) {
            if (blocks.empty() || blocks.back().ref.number.value != transfer.block)
                blocks.push_back(block_row(transfer.block));
            journal.push_back({transfer.block, static_cast<std::int32_t>(transfer.log_index),
                               wallet_id(transfer.from), wallet_id(transfer.to),
                               U256(transfer.amount), transfer.tx_hash});
            for (const auto wallet : {transfer.from, transfer.to})
                if (wallet != kNobody) touched[wallet] = transfer.block;
            if (transfer.from != kNobody) amounts_[transfer.from] -= transfer.amount;
            amounts_[transfer.to] += transfer.amount;
        }
        std::vector<BalanceRow> balances;
        for (const auto& [wallet, block] : touched)
            balances.push_back({wallet_id(wallet), block, U256(amounts_[wallet])});
        return ledger_.ready(blocks, journal, balances);
    }

    BlockRow block_row(std::uint32_t block) const {
        return {{{block}, chain_.blocks()[block].hash},
                chain_.blocks()[block - 1].hash,
                Time(std::chrono::seconds(kFirstTimestamp + block))};
    }

    const PreparedChain& chain_;
    const BareLedger& ledger_;
    std::vector<Amount> amounts_;
};

void verify(Database& database, const PreparedChain& chain, const std::vector<Amount>& amounts) {
    U256 total = 0;
    for (const Amount amount : amounts) total += amount;
    if (database.run("SELECT count(*) FROM journal") != std::to_string(chain.facts().transfers) ||
        database.run("SELECT sum(amount) FROM balances") != to_string(total))
        throw std::runtime_error("the database does not hold what was written");
}

nlohmann::json measure(const PreparedChain& chain, const char* url, std::size_t rows_per_commit) {
    Database database(url);
    BareLedger ledger(database, static_cast<std::int64_t>(chain.facts().chain_id), kToken);
    std::vector<Address> wallets;
    for (std::uint32_t wallet = 0; wallet < chain.facts().wallets; ++wallet)
        wallets.push_back(wallet_address(wallet));
    ledger.begin(chain.facts().token, wallets);
    Commits commits(chain, ledger);
    const auto made = commits.make(rows_per_commit);
    database.run("CHECKPOINT");
    const double cpu_before = cpu_seconds();
    std::chrono::duration<double> copying{0}, upserting{0};
    for (const ReadyCommit& ready : made) {
        const auto started = Clock::now();
        ledger.copy_journal(ready);
        const auto copied = Clock::now();
        ledger.upsert_and_commit(ready);
        copying += copied - started;
        upserting += Clock::now() - copied;
    }
    const double cpu = cpu_seconds() - cpu_before;
    verify(database, chain, commits.amounts());
    return {{"seconds", (copying + upserting).count()},
            {"copy_seconds", copying.count()},
            {"upsert_seconds", upserting.count()},
            {"client_cpu_seconds", cpu},
            {"rows", chain.facts().transfers},
            {"commits", made.size()}};
}

}  // namespace

}  // namespace custodialbridge::bench

int main(int argc, char** argv) {
    using namespace custodialbridge::bench;
    if (argc < 3 || argc > 4) {
        std::cerr << "usage: bare_ingest FOLDER DATABASE_URL [ROWS_PER_COMMIT]\n";
        return 2;
    }
    try {
        const PreparedChain chain(argv[1]);
        std::cout << measure(chain, argv[2], argc > 3 ? std::stoul(argv[3]) : 60'000) << '\n';
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "bare_ingest: " << failure.what() << '\n';
        return 1;
    }
}
