#pragma once

namespace custodialbridge::cache {

/// hiredis writes without MSG_NOSIGNAL: a Redis that closes must not end the process. A handler
/// that the program set itself stays.
void ignore_broken_pipes();

}  // namespace custodialbridge::cache
