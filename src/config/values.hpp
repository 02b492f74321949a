// Text → one typed value. Messages say what is wrong and never hold the value of a variable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge::config {

/// A value as it was written, and what it says once variables are replaced.
struct Scalar {
    std::string text;
    std::string written;
    bool plain = true;         ///< without quotes
    bool substituted = false;  ///< from the environment, which has no types
    bool is_text() const { return !plain && !substituted; }
};

struct Choice {
    std::string_view name;
    int value;
};

Result<std::uint64_t> whole_number(const Scalar& scalar, std::uint64_t least, std::uint64_t most);
Result<double> decimal_number(const Scalar& scalar, double least, double most);
Result<bool> yes_or_no(const Scalar& scalar);

/// A number with its unit; zero is taken when `or_zero`, whatever `least` says.
Result<Millis> duration(const Scalar& scalar, Millis least, Millis most, bool or_zero);

/// Bytes: a number, alone or with B, KiB, MiB or GiB.
Result<std::size_t> byte_size(const Scalar& scalar, std::size_t least, std::size_t most);

/// An amount in smallest units, quoted or not.
Result<U256> amount(const Scalar& scalar);

Result<Address> address(const Scalar& scalar);

/// Any text of `least` to `most` bytes without line ends; numbers are taken as they are written.
Result<std::string> text(const Scalar& scalar, std::size_t least, std::size_t most);

/// 1 to 64 of `A-Z a-z 0-9 . _ : @ -`.
Result<std::string> name(const Scalar& scalar);

/// The value of one of `choices`; else an error that names the nearest.
Result<int> one_of(const Scalar& scalar, std::span<const Choice> choices);

template <class T>
Result<T> one_of_as(const Scalar& scalar, std::span<const Choice> choices) {
    auto value = one_of(scalar, choices);
    if (!value) return std::move(value).error();
    return static_cast<T>(*value);
}

/// As it was written, in quotes and not too long, for messages.
std::string shown(const Scalar& scalar);

}  // namespace custodialbridge::config
