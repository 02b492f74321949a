/// What PostgreSQL's error codes mean to a caller (PostgreSQL documentation, appendix A).
#pragma once

#include <string_view>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::store {

Errc meaning_of(std::string_view sqlstate);

/// True when the session that said so is of no more use: the server ends it, or has become a
/// replica.
bool ends_session(std::string_view sqlstate);

}  // namespace custodialbridge::store
