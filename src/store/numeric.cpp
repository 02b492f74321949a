#include "numeric.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "big_endian.hpp"

namespace custodialbridge::store {
namespace {

using Wide = boost::multiprecision::double_limb_type;  // 128 bits

static_assert(sizeof(boost::multiprecision::limb_type) == 8);

constexpr std::uint16_t kPositive = 0x0000;
constexpr std::uint16_t kNegative = 0x4000;
constexpr std::uint64_t kFourDigits = 10'000;             // one digit of the format
constexpr std::uint64_t kGroup = 10'000'000'000'000'000;  // four digits of the format
constexpr std::size_t kDigitsMax = (kNumericBytesMax - 8) / 2;

/// The digits of a number, from the last to the first.
class Digits {
  public:
    explicit Digits(const U256& amount) {
        const auto& limbs = amount.backend();
        if (limbs.size() == 1) {
            last(limbs.limbs()[0]);
            return;
        }
        if (limbs.size() == 2) {
            last_two(Wide(limbs.limbs()[1]) << 64 | limbs.limbs()[0]);
            return;
        }
        std::array<std::uint64_t, 4> rest{};
        std::copy_n(limbs.limbs(), limbs.size(), rest.begin());
        while ((rest[2] | rest[3]) != 0) group(divide(rest));
        last_two(Wide(rest[1]) << 64 | rest[0]);
    }

    std::size_t size() const { return digits_.size() - first_; }
    std::uint16_t operator[](std::size_t i) const { return digits_[first_ + i]; }

  private:
    /// rest /= kGroup; the remainder is returned.
    static std::uint64_t divide(std::array<std::uint64_t, 4>& rest) {
        Wide remainder = 0;
        for (std::size_t i = rest.size(); i-- > 0;) {
            const Wide part = remainder << 64 | rest[i];
            rest[i] = static_cast<std::uint64_t>(part / kGroup);
            remainder = part % kGroup;
        }
        return static_cast<std::uint64_t>(remainder);
    }

    void push(std::uint64_t digit) { digits_[--first_] = static_cast<std::uint16_t>(digit); }

    void group(std::uint64_t value) {
        for (int i = 0; i < 4; ++i, value /= kFourDigits) push(value % kFourDigits);
    }

    void last(std::uint64_t value) {
        for (; value != 0; value /= kFourDigits) push(value % kFourDigits);
    }

    void last_two(Wide value) {
        while (value >> 64 != 0) {
            group(static_cast<std::uint64_t>(value % kGroup));
            value /= kGroup;
        }
        last(static_cast<std::uint64_t>(value));
    }

    std::array<std::uint16_t, kDigitsMax> digits_;
    std::size_t first_ = kDigitsMax;
};

}  // namespace

std::size_t encode_numeric(const U256& amount, bool negative, char* out) {
    const Digits digits(amount);
    std::size_t kept =
        digits.size();  // zeros at the end are not sent: the weight tells their number
    while (kept > 0 && digits[kept - 1] == 0) --kept;
    const bool zero = kept == 0;
    store_big_endian(out, static_cast<std::uint16_t>(kept));
    store_big_endian(out + 2, static_cast<std::uint16_t>(zero ? 0 : digits.size() - 1));
    store_big_endian(out + 4, negative && !zero ? kNegative : kPositive);
    store_big_endian(out + 6, std::uint16_t{0});
    for (std::size_t i = 0; i < kept; ++i) store_big_endian(out + 8 + 2 * i, digits[i]);
    return 8 + 2 * kept;
}

std::optional<SignedAmount> decode_numeric(std::span<const char> bytes) {
    if (bytes.size() < 8) return std::nullopt;
    const auto count = load_big_endian<std::uint16_t>(bytes.data());
    const auto weight = load_big_endian<std::int16_t>(bytes.data() + 2);
    const auto sign = load_big_endian<std::uint16_t>(bytes.data() + 4);
    if (bytes.size() != 8u + 2u * count || (sign != kPositive && sign != kNegative)) return {};
    if (count == 0) return SignedAmount{};
    const int whole = weight + 1;  // digits before the point
    if (whole < 1 || whole > int{kDigitsMax}) return std::nullopt;
    SignedAmount amount;
    for (int i = 0; i < std::max<int>(whole, count); ++i) {
        std::uint16_t digit = 0;
        if (i < count)
            digit =
                load_big_endian<std::uint16_t>(bytes.data() + 8 + 2 * static_cast<std::size_t>(i));
        if (digit >= kFourDigits || (i >= whole && digit != 0)) return std::nullopt;
        if (i >= whole) continue;
        static const U256 kTenThousandFits = ~U256(0) / kFourDigits;
        if (amount.magnitude > kTenThousandFits) return std::nullopt;
        const auto next = checked_add(U256(amount.magnitude * kFourDigits), U256(digit));
        if (!next) return std::nullopt;
        amount.magnitude = *next;
    }
    amount.negative = sign == kNegative && amount.magnitude != 0;
    return amount;
}

}  // namespace custodialbridge::store
