#include "custodialbridge/core/u256.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "custodialbridge/core/check.hpp"
#include "custodialbridge/core/limits.hpp"

namespace custodialbridge {
namespace {

using Limb = std::uint64_t;
using Limbs = std::array<Limb, 4>;  // least significant first
using DoubleLimb = boost::multiprecision::double_limb_type;

static_assert(sizeof(boost::multiprecision::limb_type) == sizeof(Limb));

constexpr unsigned kDigitsAtOnce = 19;  // the most that always fit one limb
constexpr std::size_t kDigitsMax = 78;  // of 2^256-1

constexpr Limb power_of_ten(std::size_t exponent) {
    Limb power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

Limbs limbs_of(const U256& value) {
    Limbs limbs{};
    std::copy_n(value.backend().limbs(), value.backend().size(), limbs.begin());
    return limbs;
}

U256 from_limbs(const Limbs& limbs) {
    U256 value;
    value.backend().resize(4, 4);
    std::copy(limbs.begin(), limbs.end(), value.backend().limbs());
    value.backend().normalize();
    return value;
}

// limbs = limbs * factor + addend; false when that does not fit.
bool multiply_add(Limbs& limbs, Limb factor, Limb addend) {
    DoubleLimb carry = addend;
    for (Limb& limb : limbs) {
        carry += static_cast<DoubleLimb>(limb) * factor;
        limb = static_cast<Limb>(carry);
        carry >>= 64;
    }
    return carry == 0;
}

// limbs = limbs / divisor; the remainder is returned.
Limb divide(Limbs& limbs, Limb divisor) {
    DoubleLimb rest = 0;
    for (auto limb = limbs.rbegin(); limb != limbs.rend(); ++limb) {
        rest = rest << 64 | *limb;
        *limb = static_cast<Limb>(rest / divisor);
        rest %= divisor;
    }
    return static_cast<Limb>(rest);
}

/// The decimal digits of a value, in a buffer of their own: no allocation.
class Digits {
  public:
    explicit Digits(const U256& value) {
        Limbs limbs = limbs_of(value);
        while (limbs[1] != 0 || limbs[2] != 0 || limbs[3] != 0) {
            Limb group = divide(limbs, power_of_ten(kDigitsAtOnce));
            for (unsigned i = 0; i < kDigitsAtOnce; ++i) push(group);
        }
        do push(limbs[0]);
        while (limbs[0] != 0);
    }

    std::string_view text() const { return {buffer_.data() + first_, buffer_.size() - first_}; }

  private:
    void push(Limb& number) {
        buffer_[--first_] = static_cast<char>('0' + number % 10);
        number /= 10;
    }

    // A whole group may stand where its leading zeros are not shown.
    std::array<char, kDigitsMax + kDigitsAtOnce> buffer_;
    std::size_t first_ = buffer_.size();
};

}  // namespace

std::optional<U256> checked_add(const U256& a, const U256& b) {
    U256 sum = a + b;
    if (sum < a) return std::nullopt;
    return sum;
}

std::optional<U256> checked_sub(const U256& a, const U256& b) {
    if (a < b) return std::nullopt;
    return U256(a - b);
}

U256 u256_from_be(std::span<const std::uint8_t> big_endian) {
    CB_CHECK(big_endian.size() <= 32);
    Limbs limbs{};
    for (std::size_t i = 0; i < big_endian.size(); ++i) {
        const Limb byte = big_endian[big_endian.size() - 1 - i];
        limbs[i / 8] |= byte << (8 * (i % 8));
    }
    return from_limbs(limbs);
}

void u256_to_be(const U256& value, std::span<std::uint8_t, 32> out) {
    const Limbs limbs = limbs_of(value);
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[out.size() - 1 - i] = static_cast<std::uint8_t>(limbs[i / 8] >> (8 * (i % 8)));
    }
}

std::optional<U256> parse_u256(std::string_view decimal) {
    if (decimal.empty()) return std::nullopt;
    Limbs limbs{};
    while (!decimal.empty()) {
        const std::string_view group = decimal.substr(0, kDigitsAtOnce);
        Limb value = 0;
        for (const char digit : group) {
            if (digit < '0' || digit > '9') return std::nullopt;
            value = value * 10 + static_cast<Limb>(digit - '0');
        }
        if (!multiply_add(limbs, power_of_ten(group.size()), value)) return std::nullopt;
        decimal.remove_prefix(group.size());
    }
    return from_limbs(limbs);
}

std::string to_string(const U256& value) {
    return std::string(Digits(value).text());
}

std::string format_units(const U256& value, unsigned decimals) {
    CB_CHECK(decimals <= limits::kDecimalsMax);
    const Digits digits(value);
    const std::string_view all = digits.text();
    if (decimals == 0) return std::string(all);

    const std::size_t whole = all.size() > decimals ? all.size() - decimals : 0;
    std::string text;
    text.reserve(std::max<std::size_t>(whole, 1) + 1 + decimals);
    text.append(whole == 0 ? std::string_view("0") : all.substr(0, whole));
    text.push_back('.');
    text.append(decimals - (all.size() - whole), '0');
    text.append(all.substr(whole));
    return text;
}

SignedAmount difference(const U256& to, const U256& from) {
    if (to < from) return {U256(from - to), true};
    return {U256(to - from), false};
}

std::string to_string(const SignedAmount& amount) {
    const Digits digits(amount.magnitude);
    std::string text;
    text.reserve(digits.text().size() + 1);
    if (amount.negative) text.push_back('-');
    text.append(digits.text());
    return text;
}

}  // namespace custodialbridge
