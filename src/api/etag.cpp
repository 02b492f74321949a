#include "etag.hpp"

#include <cstdint>
#include <functional>

namespace custodialbridge::api {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

EntityTag::EntityTag(std::string_view body) {
    std::uint64_t sum = std::hash<std::string_view>()(body);
    text_.front() = text_.back() = '"';
    for (std::size_t i = text_.size() - 2; i > 0; --i, sum >>= 4) text_[i] = kDigits[sum & 15];
}

// No tag holds a quote, so ours stands in a list of tags only as itself.
bool EntityTag::is_in(std::string_view if_none_match) const {
    return if_none_match == "*" || if_none_match.find(text()) != std::string_view::npos;
}

void append_tag(std::string& out, const EntityTag& tag) {
    out += "ETag: ";
    out += tag.text();
    out += "\r\n";
}

void settle_tag(Answer& answer, const Request& request) {
    const EntityTag tag(answer.body);
    append_tag(answer.headers, tag);
    if (!tag.is_in(request.if_none_match)) return;
    answer.status = 304;
    answer.body.clear();
}

}  // namespace custodialbridge::api
