/// Whole numbers in network order.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace custodialbridge::store {

static_assert(std::endian::native == std::endian::little);

template <std::integral T>
T swap_bytes(T value) {
    if constexpr (sizeof(T) == 1)
        return value;
    else if constexpr (sizeof(T) == 2)
        return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
    else if constexpr (sizeof(T) == 4)
        return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
    else
        return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

template <std::integral T>
void store_big_endian(char* out, T value) {
    value = swap_bytes(value);
    std::memcpy(out, &value, sizeof value);
}

template <std::integral T>
T load_big_endian(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return swap_bytes(value);
}

}  // namespace custodialbridge::store
