#include "custodialbridge/core/balance.hpp"

namespace custodialbridge {
namespace {

constexpr std::uint64_t kFnvOffset = 0xcbf29ce484222325ULL;
constexpr std::uint64_t kFnvPrime = 0x100000001b3ULL;
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;  // 2^64 divided by the golden ratio, odd

// Every bit of `value` reaches every bit of the result, so that small chain and token numbers
// spread.
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash = (hash ^ value) * kGolden;
    return hash ^ (hash >> 32);
}

}  // namespace

std::size_t hash_of(std::string_view user, ChainId chain, TokenId token) noexcept {
    std::uint64_t hash = kFnvOffset;
    for (const char letter : user) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * kFnvPrime;
    }
    return mix(mix(hash, chain.value), token.value);
}

}  // namespace custodialbridge
