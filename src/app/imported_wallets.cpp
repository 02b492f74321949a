#include <array>
#include <utility>

#include "custodialbridge/core/address.hpp"
#include "imported_rows.hpp"

namespace custodialbridge::app {
namespace {

using runtime::Deadline;
using runtime::Task;

constexpr std::array kColumns{CsvColumn{"user_id"}, CsvColumn{"chain_id"}, CsvColumn{"address"},
                              CsvColumn{"is_deployed", false}};
enum Column : std::size_t { kUser, kChain, kAddress, kIsDeployed };

class WalletRows final : public ImportedRows {
  public:
    explicit WalletRows(const config::Settings& settings) : settings_(settings) {}

    std::string_view name() const override { return "wallets"; }
    std::string_view done() const override { return "registered"; }
    std::span<const CsvColumn> columns() const override { return kColumns; }
    std::size_t chunk() const override { return 10'000; }

    Task<Result<void>> begin(store::Postgres&, Deadline) override { co_return Result<void>(); }

    Result<void> add(const CsvRow& row) override {
        CB_TRY(user, parse_user_id(row.fields[kUser]));
        CB_TRY(chain, parse_chain_of(row.fields[kChain], settings_));
        CB_TRY(address, parse_address(row.fields[kAddress]));
        CB_TRY(is_deployed, parse_truth(row.fields[kIsDeployed]));
        wallets_.push_back({std::move(user), chain, address, is_deployed});
        return {};
    }

    Task<Result<std::vector<ImportedRow>>> store(store::Postgres& postgres, Deadline by) override {
        auto wallets = std::exchange(wallets_, {});
        CB_CO_TRY(outcomes, co_await postgres.wallets().import_together(std::move(wallets), by));
        std::vector<ImportedRow> rows;
        for (const auto& outcome : outcomes)
            rows.push_back(outcome ? ImportedRow(*outcome == store::Registered::now)
                                   : ImportedRow(outcome.error()));
        co_return rows;
    }

  private:
    const config::Settings& settings_;
    std::vector<store::NewWallet> wallets_;
};

}  // namespace

std::unique_ptr<ImportedRows> make_wallet_rows(const config::Settings& settings) {
    return std::make_unique<WalletRows>(settings);
}

}  // namespace custodialbridge::app
