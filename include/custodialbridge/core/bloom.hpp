/// The bloom over a block's logs: contracts and topics (yellow paper 4.3.1: M3:2048).
///
/// It can prove that something is not there, never that it is. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "custodialbridge/core/block.hpp"

namespace custodialbridge {

bool bloom_may_contain(const Bloom& bloom, std::span<const std::uint8_t> item);
void bloom_add(Bloom& bloom, std::span<const std::uint8_t> item);

}  // namespace custodialbridge
