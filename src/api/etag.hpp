/// Entity tags (RFC 9110 §8.8.3) of what is written anew for each answer.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "answer.hpp"
#include "request.hpp"

namespace custodialbridge::api {

/// A strong one: of a body's bytes, all of them. With its quotes.
class EntityTag {
  public:
    explicit EntityTag(std::string_view body);
    std::string_view text() const { return {text_.data(), text_.size()}; }

    /// Whether an If-None-Match value names it: it is "*", or lists it, weak or strong.
    bool is_in(std::string_view if_none_match) const;

  private:
    std::array<char, 18> text_;
};

/// The ETag header line.
void append_tag(std::string& out, const EntityTag& tag);

/// Tags a good answer by its body; one that the client has already becomes 304.
void settle_tag(Answer& answer, const Request& request);

}  // namespace custodialbridge::api
