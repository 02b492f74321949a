/// Connection strings with several hosts, taken apart: each host gets its own share of the time, so
/// one that swallows packets does not use up all of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::store {

using Keywords = std::vector<std::pair<std::string, std::string>>;

/// One set of libpq keywords a host, in the URL's order; `invalid` when libpq cannot read the URL.
/// No message ever holds the URL, since a password may stand in it.
Result<std::vector<Keywords>> hosts_of(const std::string& url);

}  // namespace custodialbridge::store
