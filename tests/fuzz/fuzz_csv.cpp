// CSV files: rows with as many fields as there are columns, or an error that names its line.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "csv_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace custodialbridge::app;
    constexpr std::array columns{CsvColumn{"user_id"}, CsvColumn{"chain_id"},
                                 CsvColumn{"note", false}};
    const int file = memfd_create("csv", MFD_CLOEXEC);
    if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) std::abort();
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    if (const auto csv = CsvFile::open(path, columns)) {
        std::uint64_t line = 1;
        for (;;) {
            const auto row = (*csv)->next();
            if (!row && row.error().message().find(path + ":") != 0) std::abort();
            if (!row || !*row) break;
            if ((*row)->line <= line || (*row)->fields.size() != columns.size()) std::abort();
            line = (*row)->line;
        }
        if ((*csv)->read() < 0 || (*csv)->read() > 1) std::abort();
    }
    close(file);
    return 0;
}
