/// Why a balance cannot be told.
#pragma once

#include <cstdint>
#include <string>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::ledger {

/// Why a key has no balance; becomes an RFC 9457 problem.
enum class NoBalance : std::uint8_t {
    unknown_chain,
    unknown_token,
    unknown_user,
    unavailable,        ///< the database does not answer
    chain_unavailable,  ///< only the chain could tell, and it does not answer
    too_deep,           ///< the chain has fewer blocks than confirmations are asked for
    not_covered         ///< the ledger does not know the balance as of the block asked for
};

struct ReadFailure {
    NoBalance why = NoBalance::unavailable;
    std::string detail;
};

[[noreturn]] void throw_exception_from_error(const ReadFailure& failure,
                                             const boost::source_location& at);

}  // namespace custodialbridge::ledger
