/// Values in PostgreSQL's binary formats, as parameters, array elements and COPY fields carry them:
/// a 32-bit length (-1: null), then the value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "big_endian.hpp"
#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/hash.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/core/u256.hpp"
#include "numeric.hpp"

namespace custodialbridge::store {

using Oid = unsigned;

/// A type's number in pg_type and that of its array type.
struct WireType {
    Oid type;
    Oid array;
};

template <class T>
inline constexpr WireType kWireType{};
template <class T>
inline constexpr WireType kWireType<std::optional<T>> = kWireType<T>;
template <>
inline constexpr WireType kWireType<bool>{16, 1000};
template <>
inline constexpr WireType kWireType<Hash32>{17, 1001};
template <>
inline constexpr WireType kWireType<Address>{17, 1001};
template <>
inline constexpr WireType kWireType<std::int64_t>{20, 1016};
template <>
inline constexpr WireType kWireType<std::int16_t>{21, 1005};
template <>
inline constexpr WireType kWireType<std::int32_t>{23, 1007};
template <>
inline constexpr WireType kWireType<std::string_view>{25, 1009};
template <>
inline constexpr WireType kWireType<Time>{1184, 1185};
template <>
inline constexpr WireType kWireType<U256>{1700, 1231};
template <>
inline constexpr WireType kWireType<SignedAmount>{1700, 1231};

/// Timestamps count microseconds from 2000-01-01.
inline constexpr Time kTimestampZero{std::chrono::seconds(946'684'800)};

/// One growing buffer.
class WireWriter {
  public:
    const std::string& bytes() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    void clear() { bytes_.clear(); }
    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

    /// The number alone, without a length.
    template <std::integral T>
    void raw(T number) {
        char buffer[sizeof number];
        store_big_endian(buffer, number);
        bytes_.append(buffer, sizeof buffer);
    }
    void raw(std::string_view text) { bytes_.append(text); }

    template <std::integral T>
    void put(T number) {
        char buffer[4 + sizeof number];
        store_big_endian(buffer, static_cast<std::int32_t>(sizeof number));
        store_big_endian(buffer + 4, number);
        bytes_.append(buffer, sizeof buffer);
    }
    void put(bool truth) { put(static_cast<std::int8_t>(truth)); }
    void put(std::string_view text) {
        raw(static_cast<std::int32_t>(text.size()));
        bytes_.append(text);
    }
    void put(const Hash32& hash) { put(text_of(hash.bytes)); }
    void put(const Address& address) { put(text_of(address.bytes)); }
    void put(Time time) { put(std::int64_t{(time - kTimestampZero).count()}); }
    void put(const U256& amount) { put_numeric(amount, false); }
    void put(const SignedAmount& amount) { put_numeric(amount.magnitude, amount.negative); }
    void put_null() { raw(std::int32_t{-1}); }

    template <class T>
    void put(const std::optional<T>& value) {
        if (value)
            put(*value);
        else
            put_null();
    }

    /// A one-dimensional array of `project(element)` for every element.
    template <class Range, class Project>
    void put_array(const Range& range, Project project) {
        using Element = std::invoke_result_t<Project&, decltype(*range.begin())>;
        using Value = std::remove_cvref_t<Element>;
        static_assert(kWireType<Value>.type != 0);
        const std::size_t start = bytes_.size();
        raw(std::int32_t{0});                      // the length, below
        raw(std::int32_t{range.empty() ? 0 : 1});  // dimensions
        raw(std::int32_t{1});                      // there may be nulls
        raw(static_cast<std::int32_t>(kWireType<Value>.type));
        if (!range.empty()) {
            raw(static_cast<std::int32_t>(range.size()));
            raw(std::int32_t{1});  // the first subscript
        }
        for (const auto& element : range) put(project(element));
        store_big_endian(bytes_.data() + start, static_cast<std::int32_t>(size() - start - 4));
    }

  private:
    template <class Bytes>
    static std::string_view text_of(const Bytes& bytes) {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    void put_numeric(const U256& amount, bool negative) {
        char buffer[4 + kNumericBytesMax];
        const std::size_t length = encode_numeric(amount, negative, buffer + 4);
        store_big_endian(buffer, static_cast<std::int32_t>(length));
        bytes_.append(buffer, 4 + length);
    }

    std::string bytes_;
};

}  // namespace custodialbridge::store
