#include "custodialbridge/core/hash.hpp"

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge {

std::string to_string(const Hash32& hash) {
    return to_hex(hash.bytes);
}

std::optional<Hash32> parse_hash(std::string_view text) {
    Hash32 hash;
    if (!parse_hex_exact(text, hash.bytes)) return std::nullopt;
    return hash;
}

}  // namespace custodialbridge
