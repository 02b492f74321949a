/// `CB_CHECK(condition)`: for our own mistakes, on in release too. Ends the process with file and
/// line; the next start continues at the cursor. What a test can trigger from outside is a
/// `Result`, not a check.
#pragma once

namespace custodialbridge {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace custodialbridge

#define CB_CHECK(condition) \
    ((condition) ? void(0) : ::custodialbridge::check_failed(#condition, __FILE__, __LINE__))
