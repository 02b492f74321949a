/// CsvFile: the rows of a CSV file (RFC 4180) whose first line names the columns.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::app {

struct CsvColumn {
    const char* name;
    bool required = true;
};

struct CsvRow {
    std::uint64_t line = 0;           ///< where it begins; the file's first is 1
    std::vector<std::string> fields;  ///< one a known column; empty where the file has none
};

/// Reads as it goes, a row at a time. Every error names file and line.
class CsvFile {
  public:
    /// Opens the file and reads its first line. `not_found` when it cannot be read, `invalid` when
    /// it lacks a required column or names one twice or an unknown one.
    static Result<std::unique_ptr<CsvFile>> open(const std::string& path,
                                                 std::span<const CsvColumn> columns);
    virtual ~CsvFile() = default;

    /// Nothing at the end; blank lines are passed over. `invalid` for a row that has other fields
    /// than the first line names, breaks the quoting, or is longer than 64 KiB.
    virtual Result<std::optional<CsvRow>> next() = 0;

    /// "FILE:LINE: what"
    virtual Error wrong(std::uint64_t line, const std::string& what) const = 0;

    /// How much of the file was read, 0 to 1.
    virtual double read() const = 0;
};

}  // namespace custodialbridge::app
