/// `check`: is this configuration right, and with --connect, does everything that it names answer?
#pragma once

#include "custodialbridge/config/settings.hpp"

namespace custodialbridge::app {

/// Prints a line a thing; 0 when all is well, 1 when something does not answer.
int check_command(const config::Settings& settings, bool connect);

}  // namespace custodialbridge::app
