// Walks the tree of a document, remembering which keys are known and every mistake met on the way.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "custodialbridge/config/load_settings.hpp"
#include "document.hpp"
#include "values.hpp"

namespace custodialbridge::config {

/// What one reading of a file shares.
class Reading {
  public:
    Reading(std::string file, const Environment& environment)
        : file_(std::move(file)), environment_(environment) {}

    void report(Mark mark, std::string path, std::string message);
    void mark_given(std::string path) { given_.insert(std::move(path)); }

    /// The scalar with its variables replaced; reports and returns nothing when one is not set.
    std::optional<Scalar> resolve(const Node& node, const std::string& path);

    /// True when further mistakes would not be shown.
    bool is_full() const { return problems_.size() >= kProblemsMax; }

    /// All mistakes in the order of the file.
    Problems take_problems();
    std::set<std::string> take_given() { return std::move(given_); }

  private:
    static constexpr std::size_t kProblemsMax = 200;

    std::string file_;
    const Environment& environment_;
    Problems problems_;
    bool has_more_ = false;
    std::set<std::string> given_;
};

class ListReader;

/// The keys of one map. Ask for every key that is known, then call `finish`.
class MapReader {
  public:
    /// `node` may be null (nothing is given then). Reports a node that is not a map.
    MapReader(Reading& reading, const Node* node, std::string path);

    /// `out` becomes what `parse(const Scalar&)` (a Result<T>) makes of the key's value; it stays
    /// as it is when the key is absent or wrong. True when a right value was read.
    template <class T, class Parse>
    bool value(std::string_view key, T& out, Parse parse) {
        const auto scalar = this->scalar(key);
        if (!scalar) return false;
        auto parsed = parse(*scalar);
        if (!parsed) {
            report_at(key, parsed.error().message());
            return false;
        }
        out = static_cast<T>(*std::move(parsed));
        return true;
    }

    /// The same, and reports when the key is absent.
    template <class T, class Parse>
    bool required(std::string_view key, T& out, Parse parse) {
        if (!require(key)) return false;
        return value(key, out, std::move(parse));
    }

    MapReader section(std::string_view key);
    ListReader list(std::string_view key);

    /// True when the key is written down, whatever its value is.
    bool has(std::string_view key) const { return find(key) != nullptr; }

    /// Reports an absent key; true when it is there.
    bool require(std::string_view key);

    /// Reports at the key's value, or at the map when it is absent.
    void report_at(std::string_view key, std::string message);

    /// Reports every key that nobody asked for.
    void finish();

    /// False when there is no such map, or when it is no map: then absences mean nothing.
    bool readable() const { return node_ != nullptr; }
    Mark mark() const { return mark_; }
    const std::string& path() const { return path_; }
    std::string path_of(std::string_view key) const;
    Reading& reading() { return reading_; }

  private:
    const Entry* find(std::string_view key) const;
    const Entry* known(std::string_view key);
    std::optional<Scalar> scalar(std::string_view key);

    Reading& reading_;
    const Node* node_ = nullptr;
    Mark mark_;
    std::string path_;
    std::vector<std::string_view> known_;
};

/// The items of one list.
class ListReader {
  public:
    ListReader(Reading& reading, const Node* node, std::string path);

    std::size_t size() const { return node_ == nullptr ? 0 : node_->items.size(); }
    MapReader map(std::size_t index);

    /// Calls `take(T, index)` for each item that `parse` makes a T of.
    template <class Parse, class Take>
    void each(Parse parse, Take take) {
        for (std::size_t i = 0; i < size(); ++i) {
            const auto scalar = this->scalar(i);
            if (!scalar) continue;
            auto parsed = parse(*scalar);
            if (parsed) {
                take(*std::move(parsed), i);
            } else {
                report_at(i, parsed.error().message());
            }
        }
    }

    void report_at(std::size_t index, std::string message);
    const std::string& path() const { return path_; }

    /// Written down, but without an item.
    bool is_blank() const { return blank_; }

  private:
    std::string path_of(std::size_t index) const;
    std::optional<Scalar> scalar(std::size_t index);

    Reading& reading_;
    const Node* node_ = nullptr;
    bool blank_ = false;
    std::string path_;
};

}  // namespace custodialbridge::config
