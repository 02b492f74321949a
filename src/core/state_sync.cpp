#include "custodialbridge/core/state_sync.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/core/rlp.hpp"

namespace custodialbridge {

Hash32 state_sync_transaction(const BlockRef& block) {
    constexpr std::string_view kPrefix = "matic-bor-receipt-";
    rlp::Bytes bytes(kPrefix.begin(), kPrefix.end());
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(block.number.value >> shift));
    bytes.insert(bytes.end(), block.hash.bytes.begin(), block.hash.bytes.end());
    return keccak256(bytes);
}

bool has_state_sync(ChainId chain) {
    constexpr std::array<std::uint64_t, 4> kChains{137, 80002, 109, 199};
    return std::find(kChains.begin(), kChains.end(), chain.value) != kChains.end();
}

}  // namespace custodialbridge
