/// Laws that hold for every value. RapidCheck looks for one where they do not, and prints its seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "abi_answers.hpp"
#include "custodialbridge/core/abi.hpp"
#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/u256.hpp"

namespace custodialbridge {
namespace {

using Bytes = std::vector<std::uint8_t>;

const U256 kMax = std::numeric_limits<U256>::max();

Bytes any_bytes(std::size_t size) {
    return *rc::gen::container<Bytes>(size, rc::gen::arbitrary<std::uint8_t>());
}

/// Of any width, and often beside a power of two, where carries and borrows are.
U256 any_amount() {
    const U256 wide = u256_from_be(any_bytes(32)) >> *rc::gen::inRange(0u, 257u);
    const U256 edge = (U256(1) << *rc::gen::inRange(0u, 257u)) - *rc::gen::inRange(0u, 3u);
    return *rc::gen::element(wide, edge, kMax - wide);
}

Address any_address() {
    Address address;
    const Bytes bytes = any_bytes(address.bytes.size());
    std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
    return address;
}

std::vector<abi::CallOutcome> any_outcomes() {
    std::vector<abi::CallOutcome> outcomes(*rc::gen::inRange<std::size_t>(0, 6));
    for (abi::CallOutcome& outcome : outcomes) {
        outcome.success = *rc::gen::arbitrary<bool>();
        outcome.data = any_bytes(*rc::gen::inRange<std::size_t>(0, 70));
    }
    return outcomes;
}

bool same(const std::vector<abi::CallOutcome>& a, const std::vector<abi::CallOutcome>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.success == y.success && x.data == y.data;
    });
}

RC_GTEST_PROP(AmountProperties, DecimalTextReadsBack, ()) {
    const U256 amount = any_amount();
    RC_ASSERT(parse_u256(to_string(amount)) == amount);
    RC_ASSERT(to_string(amount) == amount.str());
}

RC_GTEST_PROP(AmountProperties, BigEndianBytesReadBack, ()) {
    const U256 amount = any_amount();
    std::array<std::uint8_t, 32> bytes;
    u256_to_be(amount, bytes);
    RC_ASSERT(u256_from_be(bytes) == amount);
}

RC_GTEST_PROP(AmountProperties, UnitsAreTheDigitsWithAPoint, ()) {
    const U256 amount = any_amount();
    const auto decimals = *rc::gen::inRange(1u, 78u);
    std::string text = format_units(amount, decimals);
    RC_ASSERT(text.size() - text.find('.') == decimals + 1);
    RC_ASSERT(text.front() != '0' || text[1] == '.');
    text.erase(text.find('.'), 1);
    RC_ASSERT(parse_u256(text) == amount);
}

RC_GTEST_PROP(AmountProperties, SumsAreExactOrRefused, ()) {
    const U256 a = any_amount();
    const U256 b = any_amount();
    const auto sum = checked_add(a, b);
    RC_ASSERT(sum == checked_add(b, a));
    RC_ASSERT(sum.has_value() == (a <= kMax - b));
    if (sum) RC_ASSERT(checked_sub(*sum, b) == a);
}

RC_GTEST_PROP(AmountProperties, DifferencesLeadFromOneToTheOther, ()) {
    const U256 from = any_amount();
    const U256 to = any_amount();
    const SignedAmount change = difference(to, from);
    const SignedAmount back = difference(from, to);
    RC_ASSERT((change.negative ? checked_sub(from, change.magnitude)
                               : checked_add(from, change.magnitude)) == to);
    RC_ASSERT(change.magnitude == back.magnitude);
    RC_ASSERT((change.negative && back.negative) == false);
    RC_ASSERT((change.negative || back.negative) == (to != from));
}

RC_GTEST_PROP(HexProperties, TextReadsBack, ()) {
    const Bytes bytes = any_bytes(*rc::gen::inRange<std::size_t>(0, 100));
    RC_ASSERT(parse_hex(to_hex(bytes)) == bytes);
}

RC_GTEST_PROP(HexProperties, QuantitiesReadBack, ()) {
    const auto value = *rc::gen::inRange<std::uint64_t>(0, ~std::uint64_t{0});
    const auto narrow = value >> *rc::gen::inRange(0, 64);
    RC_ASSERT(parse_quantity(to_quantity(narrow)) == narrow);
}

RC_GTEST_PROP(AddressProperties, ChecksummedTextReadsBack, ()) {
    const Address address = any_address();
    const auto read = parse_address(to_string(address));
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == address);
}

RC_GTEST_PROP(AddressProperties, WordsReadBack, ()) {
    const Address address = any_address();
    Address read;
    RC_ASSERT(address_from_word(to_word(address), read));
    RC_ASSERT(read == address);
}

RC_GTEST_PROP(Aggregate3Properties, AnswersReadBack, ()) {
    const auto outcomes = any_outcomes();
    const auto read = abi::decode_aggregate3(abi::encode_answer(outcomes), outcomes.size());
    RC_ASSERT(read.has_value());
    RC_ASSERT(same(*read, outcomes));
}

RC_GTEST_PROP(Aggregate3Properties, CallsAreWholeWordsAndHoldTheirData, ()) {
    std::vector<abi::Call> calls(*rc::gen::inRange<std::size_t>(1, 6));
    for (abi::Call& call : calls) {
        call.target = any_address();
        call.data = any_bytes(*rc::gen::inRange<std::size_t>(0, 70));
    }
    const Bytes encoded = abi::encode_aggregate3(calls);
    const auto word = [&](std::size_t at) { return std::span(encoded).subspan(4).subspan(at, 32); };
    RC_ASSERT((encoded.size() - 4) % 32 == 0u);
    RC_ASSERT(u256_from_be(word(32)) == calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const auto tuple = 64 + static_cast<std::size_t>(u256_from_be(word(64 + 32 * i)));
        const auto data = tuple + static_cast<std::size_t>(u256_from_be(word(tuple + 64)));
        RC_ASSERT(std::ranges::equal(word(tuple), to_word(calls[i].target).bytes));
        RC_ASSERT(u256_from_be(word(tuple + 32)) == 1);
        RC_ASSERT(u256_from_be(word(data)) == calls[i].data.size());
        const auto held = std::span(encoded).subspan(4 + data + 32, calls[i].data.size());
        RC_ASSERT(std::ranges::equal(held, calls[i].data));
    }
}

RC_GTEST_PROP(Aggregate3Properties, AnswersWithAnyWordChangedNeverGrow, ()) {
    const auto outcomes = any_outcomes();
    Bytes answer = abi::encode_answer(outcomes);
    const auto word = *rc::gen::inRange<std::size_t>(0, answer.size() / 32);
    const auto near = *rc::gen::inRange<std::size_t>(0, answer.size() + 33);
    abi::put_word(answer, word, *rc::gen::element(U256(near), any_amount()));
    answer.resize(answer.size() - *rc::gen::inRange<std::size_t>(0, 33));

    const auto read = abi::decode_aggregate3(answer, outcomes.size());
    if (!read) return;
    RC_ASSERT(read->size() == outcomes.size());
    std::size_t total = 0;
    for (const auto& outcome : *read) total += outcome.data.size();
    RC_ASSERT(total <= answer.size());
}

}  // namespace
}  // namespace custodialbridge
