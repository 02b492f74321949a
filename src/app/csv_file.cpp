#include "csv_file.hpp"

#include <csv.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

namespace custodialbridge::app {

namespace {

constexpr std::size_t kRowBytesMax = 64 * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// libcsv, fed line by line so that each row's line is known.
class RowParser {
  public:
    RowParser() { csv_init(&parser_, CSV_STRICT); }
    ~RowParser() { csv_free(&parser_); }
    RowParser(const RowParser&) = delete;
    RowParser& operator=(const RowParser&) = delete;

    /// `line` with its end. False when its quoting is wrong.
    bool feed(const std::string& line) {
        return csv_parse(&parser_, line.data(), line.size(), on_field, on_row, this) == line.size();
    }
    bool done() const { return done_; }
    std::vector<std::string> take() {
        done_ = false;
        return std::exchange(fields_, {});
    }

  private:
    static void on_field(void* text, std::size_t size, void* self) {
        static_cast<RowParser*>(self)->fields_.emplace_back(static_cast<const char*>(text), size);
    }
    static void on_row(int, void* self) { static_cast<RowParser*>(self)->done_ = true; }

    csv_parser parser_{};
    std::vector<std::string> fields_;
    bool done_ = false;
};

class RealCsvFile final : public CsvFile {
  public:
    RealCsvFile(std::string path, std::ifstream in, std::uintmax_t size)
        : path_(std::move(path)), in_(std::move(in)), size_(size) {}

    Result<void> read_header(std::span<const CsvColumn> columns) {
        known_ = columns.size();
        CB_TRY(header, read_row());
        if (!header) return wrong(1, "is empty; its first line names the columns");
        for (const std::string& name : header->fields) {
            const auto column =
                std::find_if(columns.begin(), columns.end(),
                             [&](const CsvColumn& one) { return name == one.name; });
            if (column == columns.end())
                return wrong(header->line, "unknown column '" + name + "'; there are " +
                                               names_of(columns));
            const auto place = static_cast<std::size_t>(column - columns.begin());
            if (has(place))
                return wrong(header->line, "column '" + name + "' is there twice");
            places_.push_back(place);
        }
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (columns[i].required && !has(i))
                return wrong(header->line, "column '" + std::string(columns[i].name) +
                                               "' is missing");
        return {};
    }

    Result<std::optional<CsvRow>> next() override {
        CB_TRY(row, read_row());
        if (!row) return std::optional<CsvRow>();
        if (row->fields.size() != places_.size())
            return wrong(row->line, "has " + std::to_string(row->fields.size()) +
                                        " fields, the first line names " +
                                        std::to_string(places_.size()));
        CsvRow named{row->line, std::vector<std::string>(known_)};
        for (std::size_t i = 0; i < places_.size(); ++i)
            named.fields[places_[i]] = std::move(row->fields[i]);
        return std::optional(std::move(named));
    }

    Error wrong(std::uint64_t line, const std::string& what) const override {
        return Error(Errc::invalid, path_ + ":" + std::to_string(line) + ": " + what);
    }

    double read() const override {
        return size_ == 0 ? 1 : static_cast<double>(bytes_) / static_cast<double>(size_);
    }

  private:
    bool has(std::size_t column) const {
        return std::find(places_.begin(), places_.end(), column) != places_.end();
    }

    static std::string names_of(std::span<const CsvColumn> columns) {
        std::string names;
        for (const CsvColumn& column : columns)
            names.append(names.empty() ? "" : ", ").append(column.name);
        return names;
    }

    Result<std::optional<CsvRow>> read_row() {
        std::uint64_t began = 0;
        std::size_t bytes = 0;
        while (!parser_.done()) {
            CB_TRY(line, read_line());
            if (!line && began != 0) return wrong(began, "a quoted field does not end");
            if (!line) return std::optional<CsvRow>();
            if (began == 0 && line->find_first_not_of(" \t\r\n") == std::string::npos) continue;
            if (began == 0) began = line_;
            bytes += line->size();
            if (bytes > kRowBytesMax) return wrong(began, "is longer than 64 KiB");
            if (!parser_.feed(*line)) return wrong(line_, "a quote is where none may be");
        }
        return std::optional(CsvRow{began, parser_.take()});
    }

    Result<std::optional<std::string>> read_line() {
        std::array<char, kRowBytesMax> buffer;
        in_.getline(buffer.data(), buffer.size());
        const auto count = static_cast<std::size_t>(in_.gcount());
        if (count == 0) return std::optional<std::string>();
        ++line_;
        bytes_ += count;
        if (in_.fail()) return wrong(line_, "is longer than 64 KiB");
        std::string_view text(buffer.data());
        if (text.size() + 1 < count) return wrong(line_, "has a NUL byte");
        if (line_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(3);
        return std::optional(std::string(text) + '\n');
    }

    const std::string path_;
    std::ifstream in_;
    const std::uintmax_t size_;
    std::uintmax_t bytes_ = 0;
    std::uint64_t line_ = 0;
    RowParser parser_;
    std::size_t known_ = 0;
    std::vector<std::size_t> places_;  // of the file's columns among the known ones
};

}  // namespace

Result<std::unique_ptr<CsvFile>> CsvFile::open(const std::string& path,
                                               std::span<const CsvColumn> columns) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    std::ifstream in(path, std::ios::binary);
    if (failure || !in) return Error(Errc::not_found, path + ": cannot be read");
    auto file = std::make_unique<RealCsvFile>(path, std::move(in), size);
    CB_CHECKED(file->read_header(columns));
    return std::unique_ptr<CsvFile>(std::move(file));
}

}  // namespace custodialbridge::app
