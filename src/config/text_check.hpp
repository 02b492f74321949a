// What must hold of a text before a YAML parser sees it.
#pragma once

#include <optional>
#include <string_view>

#include "document.hpp"

namespace custodialbridge::config {

/// The first byte that is not UTF-8, or a control character other than tab, line feed and carriage
/// return. (yaml-cpp takes 0x04 for the end of the text, so the rest would be silently ignored.)
std::optional<TextProblem> check_text(std::string_view text);

}  // namespace custodialbridge::config
