#include "source_tree.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace custodialbridge::architecture {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPublic = "include/custodialbridge/";
constexpr std::string_view kPrivate = "src/";
constexpr std::array<std::string_view, 3> kSkippedFolders{"build", "node_modules", ".git"};

const fs::path& top() {
    static const fs::path kTop = CB_SOURCE_DIR;
    return kTop;
}

bool is_skipped(const fs::path& folder) {
    const std::string name = folder.filename().string();
    return std::find(kSkippedFolders.begin(), kSkippedFolders.end(), name) != kSkippedFolders.end();
}

void read_file(const fs::path& path, std::vector<SourceFile>& files) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (text.find('\0') != std::string::npos) return;  // not text
    files.push_back({path.lexically_relative(top()).generic_string(), std::move(text)});
}

void sort_by_path(std::vector<SourceFile>& files) {
    std::sort(files.begin(), files.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
    out << finding.path;
    if (finding.line != 0) out << ':' << finding.line;
    return out << ": " << finding.what;
}

std::vector<SourceFile> read_folders(const std::vector<std::string_view>& folders) {
    std::vector<SourceFile> files;
    for (const std::string_view folder : folders) {
        if (!fs::exists(top() / folder)) continue;
        fs::recursive_directory_iterator entry(top() / folder);
        for (; entry != fs::recursive_directory_iterator(); ++entry) {
            if (entry->is_directory() && is_skipped(entry->path())) {
                entry.disable_recursion_pending();
            } else if (entry->is_regular_file()) {
                read_file(entry->path(), files);
            }
        }
    }
    sort_by_path(files);
    return files;
}

std::vector<SourceFile> read_top_level() {
    std::vector<SourceFile> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(top())) {
        if (entry.is_regular_file()) read_file(entry.path(), files);
    }
    sort_by_path(files);
    return files;
}

Findings run_check(Check check, const std::vector<SourceFile>& files) {
    Findings all;
    for (const SourceFile& file : files) {
        Findings found = check(file);
        std::move(found.begin(), found.end(), std::back_inserter(all));
    }
    return all;
}

std::string describe(const Findings& findings) {
    std::ostringstream out;
    for (const Finding& finding : findings) out << finding << '\n';
    return out.str();
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

bool is_cpp(std::string_view path) {
    return path.ends_with(".cpp") || path.ends_with(".hpp");
}

std::vector<Include> includes_of(std::string_view text) {
    constexpr std::string_view kInclude = "include";
    std::vector<Include> includes;
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string_view line = trimmed(lines[i]);
        if (!line.starts_with('#')) continue;
        line = trimmed(line.substr(1));
        if (!line.starts_with(kInclude)) continue;
        line = trimmed(line.substr(kInclude.size()));
        if (!line.starts_with('"') && !line.starts_with('<')) continue;
        const char closing = line.front() == '"' ? '"' : '>';
        line.remove_prefix(1);
        includes.push_back({i + 1, line.substr(0, line.find(closing))});
    }
    return includes;
}

std::string_view module_of(std::string_view path) {
    for (const std::string_view root : {kPublic, kPrivate}) {
        if (!path.starts_with(root)) continue;
        path.remove_prefix(root.size());
        if (path == "main.cpp") return "app";
        const std::size_t end = path.find('/');
        return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
    }
    return {};
}

bool is_public_header(std::string_view path) {
    return path.starts_with(kPublic);
}

}  // namespace custodialbridge::architecture
