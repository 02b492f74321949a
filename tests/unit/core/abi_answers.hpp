/// Answers of aggregate3 as a node would send them, laid out by hand.
#pragma once

#include <vector>

#include "custodialbridge/core/abi.hpp"

namespace custodialbridge::abi {

inline void append_word(Bytes& out, const U256& value) {
    out.resize(out.size() + 32);
    u256_to_be(value, std::span<std::uint8_t, 32>(out.end() - 32, 32));
}

inline void put_word(Bytes& out, std::size_t index, const U256& value) {
    u256_to_be(value, std::span<std::uint8_t, 32>(out.begin() + 32 * static_cast<long>(index), 32));
}

inline Bytes encode_answer(const std::vector<CallOutcome>& outcomes) {
    Bytes out;
    append_word(out, 32);
    append_word(out, outcomes.size());
    std::size_t offset = 32 * outcomes.size();
    for (const CallOutcome& outcome : outcomes) {
        append_word(out, offset);
        offset += 96 + (outcome.data.size() + 31) / 32 * 32;
    }
    for (const CallOutcome& outcome : outcomes) {
        append_word(out, outcome.success ? 1 : 0);
        append_word(out, 64);
        append_word(out, outcome.data.size());
        out.insert(out.end(), outcome.data.begin(), outcome.data.end());
        out.resize((out.size() + 31) / 32 * 32);
    }
    return out;
}

}  // namespace custodialbridge::abi
