#include "custodialbridge/core/result.hpp"

#include <stdexcept>

namespace custodialbridge {

std::string_view to_string(Errc code) {
    switch (code) {
        case Errc::unavailable:
            return "unavailable";
        case Errc::timed_out:
            return "timed_out";
        case Errc::limited:
            return "limited";
        case Errc::conflict:
            return "conflict";
        case Errc::not_found:
            return "not_found";
        case Errc::invalid:
            return "invalid";
        case Errc::refused:
            return "refused";
        case Errc::orphaned:
            return "orphaned";
        case Errc::unsupported:
            return "unsupported";
        case Errc::corrupt:
            return "corrupt";
    }
    return "unknown";
}

Error Error::at(std::string_view where) const {
    std::string message;
    message.reserve(where.size() + 2 + message_.size());
    message.append(where).append(": ").append(message_);
    return {code_, std::move(message)};
}

void throw_exception_from_error(const Error& error, const boost::source_location& at) {
    std::string text(to_string(error.code()));
    text.append(": ").append(error.message()).append(" (").append(at.to_string()).append(")");
    throw std::runtime_error(text);
}

}  // namespace custodialbridge
