#include "custodialbridge/core/bloom.hpp"

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge {

namespace {

/// The three bits of an item: the low 11 bits of the first three pairs of bytes of its hash,
/// counted from the last bit of the bloom.
template <class Visit>
void for_each_bit(std::span<const std::uint8_t> item, Visit visit) {
    const Hash32 hash = keccak256(item);
    for (std::size_t pair = 0; pair < 6; pair += 2) {
        const unsigned bit = ((hash.bytes[pair] << 8U) | hash.bytes[pair + 1]) & 2047U;
        visit(255U - bit / 8U, static_cast<std::uint8_t>(1U << (bit % 8U)));
    }
}

}  // namespace

bool bloom_may_contain(const Bloom& bloom, std::span<const std::uint8_t> item) {
    bool all = true;
    for_each_bit(item,
                 [&](unsigned at, std::uint8_t mask) { all = all && (bloom[at] & mask) != 0; });
    return all;
}

void bloom_add(Bloom& bloom, std::span<const std::uint8_t> item) {
    for_each_bit(item, [&](unsigned at, std::uint8_t mask) {
        bloom[at] = static_cast<std::uint8_t>(bloom[at] | mask);
    });
}

}  // namespace custodialbridge
