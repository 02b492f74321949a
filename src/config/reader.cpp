#include "reader.hpp"

#include <algorithm>

#include "edit_distance.hpp"
#include "substitute.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::size_t kKeyShownMax = 64;

std::string kind_of(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            return "nothing";
        case Node::Kind::scalar:
            return "a single value";
        case Node::Kind::list:
            return "a list";
        case Node::Kind::map:
            return "a map";
        case Node::Kind::refused:
            break;
    }
    return "a mistake";
}

bool is_wanted(const Node& node, Node::Kind kind) {
    return node.kind == kind || node.kind == Node::Kind::null || node.kind == Node::Kind::refused;
}

}  // namespace

void Reading::report(Mark mark, std::string path, std::string message) {
    if (is_full()) {
        has_more_ = true;
        return;
    }
    problems_.push_back({file_, mark.line, mark.column, std::move(path), std::move(message)});
}

std::optional<Scalar> Reading::resolve(const Node& node, const std::string& path) {
    if (node.kind == Node::Kind::refused) return std::nullopt;
    if (node.kind != Node::Kind::scalar) {
        report(node.mark, path, "needs a single value, not " + kind_of(node));
        return std::nullopt;
    }
    auto substituted = substitute(node.text, environment_);
    for (std::string& problem : substituted.problems) report(node.mark, path, std::move(problem));
    if (!substituted.problems.empty()) return std::nullopt;
    return Scalar{std::move(substituted.text), node.text, node.plain, substituted.replaced};
}

Problems Reading::take_problems() {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    if (has_more_) problems_.push_back({file_, 0, 0, "", "more mistakes are not shown"});
    return std::move(problems_);
}

MapReader::MapReader(Reading& reading, const Node* node, std::string path)
    : reading_(reading), path_(std::move(path)) {
    if (node == nullptr) return;
    mark_ = node->mark;
    if (node->kind == Node::Kind::map) node_ = node;
    if (!is_wanted(*node, Node::Kind::map))
        reading_.report(mark_, path_, "needs a map of keys, not " + kind_of(*node));
}

std::string MapReader::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

const Entry* MapReader::find(std::string_view key) const {
    if (node_ == nullptr) return nullptr;
    const auto found = std::find_if(node_->entries.begin(), node_->entries.end(),
                                    [key](const Entry& entry) { return entry.key == key; });
    return found == node_->entries.end() ? nullptr : &*found;
}

const Entry* MapReader::known(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    const Entry* const entry = find(key);
    if (entry != nullptr && entry->value.kind != Node::Kind::null)
        reading_.mark_given(path_of(key));
    return entry;
}

std::optional<Scalar> MapReader::scalar(std::string_view key) {
    const Entry* const entry = known(key);
    if (entry == nullptr) return std::nullopt;
    return reading_.resolve(entry->value, path_of(key));
}

MapReader MapReader::section(std::string_view key) {
    const Entry* const entry = known(key);
    return {reading_, entry == nullptr ? nullptr : &entry->value, path_of(key)};
}

ListReader MapReader::list(std::string_view key) {
    const Entry* const entry = known(key);
    return {reading_, entry == nullptr ? nullptr : &entry->value, path_of(key)};
}

bool MapReader::require(std::string_view key) {
    known(key);
    if (node_ == nullptr) return false;
    if (find(key) != nullptr) return true;
    reading_.report(mark_, path_of(key), "is missing");
    return false;
}

void MapReader::report_at(std::string_view key, std::string message) {
    const Entry* const entry = find(key);
    reading_.report(entry == nullptr ? mark_ : entry->value.mark, path_of(key), std::move(message));
}

void MapReader::finish() {
    if (node_ == nullptr) return;
    for (const Entry& entry : node_->entries) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
        if (reading_.is_full()) return reading_.report(entry.mark, "", "");
        const std::string key = entry.key.substr(0, kKeyShownMax);
        reading_.report(
            entry.mark, path_of(key),
            "unknown key; did you mean \"" + std::string(nearest(entry.key, known_)) + "\"?");
    }
}

ListReader::ListReader(Reading& reading, const Node* node, std::string path)
    : reading_(reading), path_(std::move(path)) {
    if (node == nullptr) return;
    if (node->kind == Node::Kind::list) node_ = node;
    blank_ = node->kind == Node::Kind::null || (node_ != nullptr && node_->items.empty());
    if (!is_wanted(*node, Node::Kind::list))
        reading_.report(node->mark, path_, "needs a list, not " + kind_of(*node));
}

std::string ListReader::path_of(std::size_t index) const {
    return path_ + '[' + std::to_string(index) + ']';
}

MapReader ListReader::map(std::size_t index) {
    const Node& item = node_->items[index];
    if (item.kind == Node::Kind::null) report_at(index, "is empty");
    return {reading_, &item, path_of(index)};
}

std::optional<Scalar> ListReader::scalar(std::size_t index) {
    return reading_.resolve(node_->items[index], path_of(index));
}

void ListReader::report_at(std::size_t index, std::string message) {
    reading_.report(node_->items[index].mark, path_of(index), std::move(message));
}

}  // namespace custodialbridge::config
