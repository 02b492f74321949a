/// What of a changed configuration a running daemon takes over.
#pragma once

#include <string>
#include <vector>

#include "custodialbridge/config/settings.hpp"

namespace custodialbridge::config {

struct Reload {
    Settings settings;               ///< in force from now on
    std::vector<std::string> taken;  ///< the keys that changed, for example "api.auth.keys"
    std::vector<std::string> left;   ///< those whose change waits for a restart
};

/// `in_force` as far as it cannot change, the rest from `next`, which is valid as a whole. A key
/// is named once, by its section where that is enough.
Reload reload(const Settings& in_force, const Settings& next);

}  // namespace custodialbridge::config
