/// What `main` calls: one command, from its words to its exit code.
#pragma once

namespace custodialbridge::app {

/// 0 done, 1 runtime failure, 2 usage or configuration error. Errors are one clear line on standard
/// error.
int run_command(int argc, const char* const* argv);

}  // namespace custodialbridge::app
