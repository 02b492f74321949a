#include "target.hpp"

#include <charconv>
#include <optional>

namespace custodialbridge::api {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        const std::string_view digits = text.substr(i + 1, 2);
        unsigned byte = 0;
        const auto end = digits.data() + digits.size();
        if (digits.size() != 2 || std::from_chars(digits.data(), end, byte, 16).ptr != end)
            return std::nullopt;
        plain += static_cast<char>(byte);
        i += 2;
    }
    return plain;
}

// "http://host/path" → "/path" (RFC 9112 §3.2.2); other texts as they are.
std::string_view origin_form(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!text.starts_with(scheme)) continue;
        const auto path = text.find_first_of("/?", scheme.size());
        return path == std::string_view::npos ? "/" : text.substr(path);
    }
    return text;
}

// The piece before the next `separator`, which is removed from `text` with it.
std::string_view take_piece(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto piece = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return piece;
}

Problem bad_escape() {
    return {problems::kMalformedRequest, "a % in the target is not followed by two hex digits"};
}

Checked<void> add_segments(std::string_view path, Target& target) {
    path.remove_prefix(1);
    if (path.empty()) return {};
    for (bool last = false; !last;) {
        last = path.find('/') == std::string_view::npos;
        auto segment = percent_decoded(take_piece(path, '/'));
        if (!segment) return bad_escape();
        target.segments.push_back(std::move(*segment));
    }
    return {};
}

Checked<void> add_query(std::string_view query, Target& target) {
    while (!query.empty()) {
        std::string_view piece = take_piece(query, '&');
        if (piece.empty()) continue;
        auto name = percent_decoded(take_piece(piece, '='));
        auto value = percent_decoded(piece);
        if (!name || !value) return bad_escape();
        target.query.emplace_back(std::move(*name), std::move(*value));
    }
    return {};
}

bool is_listed(std::string_view name, std::string_view list) {
    while (!list.empty())
        if (take_piece(list, ' ') == name) return true;
    return false;
}

}  // namespace

Checked<Target> parse_target(std::string_view text) {
    std::string_view query = origin_form(text);
    const std::string_view path = take_piece(query, '?');
    Target target;
    if (path.empty() && text.starts_with("http")) return target;
    if (!path.starts_with('/'))
        return Problem(problems::kMalformedRequest, "the request target is not a path");
    if (auto added = add_segments(path, target); !added) return added.error();
    if (auto added = add_query(query, target); !added) return added.error();
    return target;
}

Checked<void> Query::only(std::string_view known) const {
    const auto& all = target_->query;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string& name = all[i].first;
        if (!is_listed(name, known))
            return Problem(problems::kUnknownParameter,
                           shown(name) + ": no such query parameter here");
        for (std::size_t j = 0; j < i; ++j)
            if (all[j].first == name)
                return Problem(problems::kInvalidParameter, shown(name) + ": given more than once");
    }
    return {};
}

const std::string* Query::find(std::string_view name) const {
    for (const auto& [key, value] : target_->query)
        if (key == name) return &value;
    return nullptr;
}

}  // namespace custodialbridge::api
