/// The tokens of a configuration, and what it says for those that are added.
#pragma once

#include <vector>

#include "custodialbridge/config/settings.hpp"
#include "custodialbridge/core/token_draft.hpp"

namespace custodialbridge::app {

std::vector<Token> configured_tokens(const config::Settings& settings);
TokenDefaults token_defaults(const config::Settings& settings);

}  // namespace custodialbridge::app
