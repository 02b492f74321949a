/// `custodialbridge resume`: reverse a chain's ledger to a block and have it followed from there.
#pragma once

#include "custodialbridge/config/settings.hpp"

namespace custodialbridge::app {

/// The exit code. The daemon that writes the chain does it; where none does, this process does.
int resume_command(const config::Settings& settings, ChainId chain, BlockNumber from);

}  // namespace custodialbridge::app
