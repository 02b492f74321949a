/// `custodialbridge import wallets|tokens FILE.csv`: bulk load from a file.
#pragma once

#include <string>

#include "custodialbridge/config/settings.hpp"

namespace custodialbridge::app {

/// `what`: "wallets" or "tokens". Prints what came of it; the exit code. Rows are stored in chunks,
/// each all or nothing; the same file may be imported again after a mistake: what is there already
/// is known.
int import_command(const config::Settings& settings, const std::string& what,
                   const std::string& file);

}  // namespace custodialbridge::app
