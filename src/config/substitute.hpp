// ${NAME} in a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "custodialbridge/config/load_settings.hpp"

namespace custodialbridge::config {

struct Substituted {
    std::string text;
    bool replaced = false;              ///< at least one variable
    std::vector<std::string> problems;  ///< variables that are not set, malformed names
};

/// `${NAME}` becomes the variable's value, which is not looked at again; `$${` becomes `${`. A NAME
/// is letters, digits and `_`, not beginning with a digit.
Substituted substitute(std::string_view text, const Environment& environment);

}  // namespace custodialbridge::config
