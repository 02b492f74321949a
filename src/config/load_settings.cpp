#include "custodialbridge/config/load_settings.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "document.hpp"
#include "reader.hpp"
#include "schema.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;

Problems whole_file(std::string file, std::string message) {
    return {Problem{std::move(file), 0, 0, "", std::move(message)}};
}

std::string why() {
    return std::generic_category().message(errno);
}

}  // namespace

std::string to_string(const Problem& problem) {
    std::string text = problem.file;
    if (problem.line != 0)
        text += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
    if (!problem.path.empty()) text += ": " + problem.path;
    return text + ": " + problem.message;
}

void throw_exception_from_error(const Problems& problems, const boost::source_location&) {
    throw std::runtime_error(problems.empty() ? "no problem" : to_string(problems.front()));
}

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
        if (value == nullptr) return std::nullopt;
        return value;
    };
}

LoadedSettings load_settings_text(std::string_view text, const std::string& name,
                                  const Environment& environment) {
    if (text.size() > kFileBytesMax) return whole_file(name, "is larger than 1 MiB");
    Document document = parse_document(text);
    Reading reading(name, environment);
    for (TextProblem& problem : document.problems)
        reading.report(problem.mark, std::move(problem.path), std::move(problem.message));
    Settings settings;
    if (document.complete) {
        if (document.root.kind == Node::Kind::null) document.root.kind = Node::Kind::map;
        MapReader root(reading, &document.root, "");
        read_settings(root, settings);
    }
    Problems problems = reading.take_problems();
    if (!problems.empty()) return problems;
    settings.given = reading.take_given();
    return settings;
}

LoadedSettings load_settings(const std::filesystem::path& file, const Environment& environment) {
    const std::string name = file.string();
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> input(std::fopen(name.c_str(), "rbe"),
                                                                &std::fclose);
    if (!input) return whole_file(name, "cannot be opened: " + why());
    std::string text(kFileBytesMax + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), input.get()));
    if (std::ferror(input.get()) != 0) return whole_file(name, "cannot be read: " + why());
    return load_settings_text(text, name, environment);
}

}  // namespace custodialbridge::config
