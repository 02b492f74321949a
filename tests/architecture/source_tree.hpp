/// The project's own text files, as data for checks. A check is a function from one file to
/// findings, so that it can be shown to fail on made-up text.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace custodialbridge::architecture {

struct SourceFile {
    std::string path;  ///< from the top of the repository, with '/'
    std::string text;
};

struct Finding {
    std::string path;
    std::size_t line = 0;  ///< from 1; 0 for the file as a whole
    std::string what;
    friend bool operator==(const Finding&, const Finding&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Finding& finding);
};

using Findings = std::vector<Finding>;
using Check = Findings (*)(const SourceFile&);

/// The text files below these folders, by path; build trees, installed packages and binaries left
/// out.
std::vector<SourceFile> read_folders(const std::vector<std::string_view>& folders);

/// The regular text files at the top of the repository.
std::vector<SourceFile> read_top_level();

/// Everything that `check` finds in `files`.
Findings run_check(Check check, const std::vector<SourceFile>& files);

/// One finding a line, as "path:line: what".
std::string describe(const Findings& findings);

std::vector<std::string_view> lines_of(std::string_view text);
bool is_cpp(std::string_view path);

struct Include {
    std::size_t line = 0;
    std::string_view target;  ///< what stands between the quotes or angle brackets
};

std::vector<Include> includes_of(std::string_view text);

/// The module that a file of include/custodialbridge/ or src/ belongs to; empty for any other file.
/// The program's main.cpp counts as `app`.
std::string_view module_of(std::string_view path);

bool is_public_header(std::string_view path);

}  // namespace custodialbridge::architecture
