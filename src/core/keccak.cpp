#include "custodialbridge/core/keccak.hpp"

#include <cryptopp/keccak.h>

namespace custodialbridge {

Hash32 keccak256(std::span<const std::uint8_t> data) {
    Hash32 hash;
    CryptoPP::Keccak_256 keccak;
    keccak.Update(data.data(), data.size());
    keccak.Final(hash.bytes.data());
    return hash;
}

Hash32 keccak256(std::string_view text) {
    return keccak256(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace custodialbridge
