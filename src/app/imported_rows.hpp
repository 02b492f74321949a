/// The kinds of rows that `custodialbridge import` knows: how a line is read, how a chunk of them
/// is stored.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "csv_file.hpp"
#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/store/make_postgres.hpp"

namespace custodialbridge::app {

/// What came of a row: it is new, or was known before.
using ImportedRow = Result<bool>;

class ImportedRows {
  public:
    virtual ~ImportedRows() = default;

    virtual std::string_view name() const = 0;  ///< "wallets"
    virtual std::string_view done() const = 0;  ///< what befell the new ones: "registered"
    virtual std::span<const CsvColumn> columns() const = 0;
    virtual std::size_t chunk() const = 0;  ///< rows that are stored together

    /// Asks for what rows are held against; before the first row.
    virtual runtime::Task<Result<void>> begin(store::Postgres& postgres, runtime::Deadline by) = 0;

    /// Adds a row to the chunk. An error's text is what is wrong with it.
    virtual Result<void> add(const CsvRow& row) = 0;

    /// Stores the chunk, all of it or nothing, and begins another one; row by row what came of it.
    virtual runtime::Task<Result<std::vector<ImportedRow>>> store(store::Postgres& postgres,
                                                                  runtime::Deadline by) = 0;
};

/// `settings` outlives them.
std::unique_ptr<ImportedRows> make_wallet_rows(const config::Settings& settings);
std::unique_ptr<ImportedRows> make_token_rows(const config::Settings& settings);

/// A column that says true or false; nothing when it is empty.
Result<std::optional<bool>> parse_truth(const std::string& text);

/// A chain that is configured.
Result<ChainId> parse_chain_of(const std::string& text, const config::Settings& settings);

}  // namespace custodialbridge::app
