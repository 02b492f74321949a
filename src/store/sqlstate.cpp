#include "sqlstate.hpp"

#include <array>

namespace custodialbridge::store {
namespace {

struct Meaning {
    std::string_view prefix;
    Errc code;
    bool ends_session;
};

/// The first that fits counts.
constexpr std::array kMeanings{
    Meaning{"08", Errc::unavailable, true},     // the connection
    Meaning{"25006", Errc::unavailable, true},  // read-only: the primary is another host now
    Meaning{"25P03", Errc::unavailable, true},  // ended while idle in a transaction
    Meaning{"26", Errc::unavailable, true},     // our prepared statement is gone: a pooler between
    Meaning{"28", Errc::refused, true},         // who we are
    Meaning{"40", Errc::conflict, false},       // serialization failure, deadlock
    Meaning{"42501", Errc::refused, false},     // not allowed
    Meaning{"53", Errc::unavailable, false},    // out of connections, memory, disk
    Meaning{"55P03", Errc::timed_out, false},   // lock not available in time
    Meaning{"57014", Errc::timed_out, false},   // cancelled by statement_timeout
    Meaning{"57", Errc::unavailable, true},     // shut down, crashed, starting
    Meaning{"58", Errc::unavailable, false},    // an error of the server's system
};

const Meaning* find(std::string_view sqlstate) {
    for (const Meaning& meaning : kMeanings)
        if (sqlstate.starts_with(meaning.prefix)) return &meaning;
    return nullptr;
}

}  // namespace

Errc meaning_of(std::string_view sqlstate) {
    const Meaning* meaning = find(sqlstate);
    return meaning != nullptr ? meaning->code : Errc::corrupt;
}

bool ends_session(std::string_view sqlstate) {
    const Meaning* meaning = find(sqlstate);
    return meaning != nullptr && meaning->ends_session;
}

}  // namespace custodialbridge::store
