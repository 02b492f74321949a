#include "custodialbridge/core/abi.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge::abi {
namespace {

constexpr std::size_t kWord = 32;

constexpr std::size_t padded(std::size_t size) {
    return (size + kWord - 1) / kWord * kWord;
}

/// Appends words and padded bytes to a call's data.
class Writer {
  public:
    Writer(const Selector& selector, std::size_t capacity) {
        out_.reserve(selector.size() + capacity);
        out_.insert(out_.end(), selector.begin(), selector.end());
    }

    void word(const U256& value) {
        out_.resize(out_.size() + kWord);
        u256_to_be(value, std::span<std::uint8_t, kWord>(out_.end() - kWord, kWord));
    }

    void number(std::uint64_t value) {
        out_.resize(out_.size() + kWord);
        for (auto byte = out_.rbegin(); value != 0; ++byte, value >>= 8) {
            *byte = static_cast<std::uint8_t>(value);
        }
    }

    void address(const Address& value) {
        out_.resize(out_.size() + kWord - value.bytes.size());
        out_.insert(out_.end(), value.bytes.begin(), value.bytes.end());
    }

    void bytes(std::span<const std::uint8_t> value) {
        number(value.size());
        out_.insert(out_.end(), value.begin(), value.end());
        out_.resize(out_.size() + padded(value.size()) - value.size());
    }

    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};

/// Reads from untrusted bytes; nothing is ever read outside of them.
class Reader {
  public:
    explicit Reader(std::span<const std::uint8_t> data) : data_(data) {}

    /// The word at `at` as a position or size inside the data; nothing when it could not be one.
    std::optional<std::size_t> size_at(std::size_t at) const {
        if (at > data_.size() || data_.size() - at < kWord) return std::nullopt;
        const auto word = data_.subspan(at, kWord);
        const auto low = word.end() - sizeof(std::uint64_t);
        if (std::any_of(word.begin(), low, [](std::uint8_t byte) { return byte != 0; })) {
            return std::nullopt;
        }
        std::uint64_t value = 0;
        for (auto byte = low; byte != word.end(); ++byte) value = value << 8 | *byte;
        if (value > data_.size()) return std::nullopt;
        return static_cast<std::size_t>(value);
    }

    /// What follows the offset at `at`, which counts from this reader's start.
    std::optional<Reader> follow(std::size_t at) const {
        const auto offset = size_at(at);
        if (!offset) return std::nullopt;
        return Reader(data_.subspan(*offset));
    }

    std::optional<Reader> after(std::size_t size) const {
        if (size > data_.size()) return std::nullopt;
        return Reader(data_.subspan(size));
    }

    /// A size and that many bytes.
    std::optional<std::span<const std::uint8_t>> bytes() const {
        const auto size = size_at(0);
        if (!size || data_.size() - kWord < *size) return std::nullopt;
        return data_.subspan(kWord, *size);
    }

    std::size_t size() const { return data_.size(); }

  private:
    std::span<const std::uint8_t> data_;
};

struct OutcomeView {
    bool success;
    std::span<const std::uint8_t> data;
};

std::optional<OutcomeView> read_outcome(const Reader& tuple) {
    const auto success = tuple.size_at(0);
    const auto bytes = tuple.follow(kWord);
    if (!success || *success > 1 || !bytes) return std::nullopt;
    const auto data = bytes->bytes();
    if (!data) return std::nullopt;
    return OutcomeView{*success == 1, *data};
}

Error malformed(std::string_view what) {
    return {Errc::invalid, "malformed aggregate3 answer: " + std::string(what)};
}

Bytes encode_with_address(const Selector& selector, const Address& holder) {
    Writer writer(selector, kWord);
    writer.address(holder);
    return writer.take();
}

}  // namespace

Selector selector(std::string_view signature) {
    const Hash32 hash = keccak256(signature);
    return {hash.bytes[0], hash.bytes[1], hash.bytes[2], hash.bytes[3]};
}

Bytes encode_balance_of(const Address& holder) {
    static const Selector kBalanceOf = selector("balanceOf(address)");
    return encode_with_address(kBalanceOf, holder);
}

Bytes encode_balance_of(const Address& holder, const U256& id) {
    static const Selector kBalanceOfId = selector("balanceOf(address,uint256)");
    Writer writer(kBalanceOfId, 2 * kWord);
    writer.address(holder);
    writer.word(id);
    return writer.take();
}

Bytes encode_owner_of(const U256& id) {
    static const Selector kOwnerOf = selector("ownerOf(uint256)");
    Writer writer(kOwnerOf, kWord);
    writer.word(id);
    return writer.take();
}

Bytes encode_get_eth_balance(const Address& holder) {
    static const Selector kGetEthBalance = selector("getEthBalance(address)");
    return encode_with_address(kGetEthBalance, holder);
}

Result<U256> decode_u256(std::span<const std::uint8_t> data) {
    if (data.size() != kWord) {
        return Error{Errc::invalid,
                     "expected one 32-byte word, got " + std::to_string(data.size()) + " bytes"};
    }
    return u256_from_be(data);
}

Result<Address> decode_address(std::span<const std::uint8_t> data) {
    Hash32 word;
    Address decoded;
    if (data.size() == kWord) {
        std::copy(data.begin(), data.end(), word.bytes.begin());
        if (address_from_word(word, decoded)) return decoded;
    }
    return Error{Errc::invalid, "expected one address, got " + std::to_string(data.size()) +
                                    " bytes of something else"};
}

Bytes encode_aggregate3(std::span<const Call> calls) {
    static const Selector kAggregate3 = selector("aggregate3((address,bool,bytes)[])");
    constexpr std::size_t kTupleHead = 3 * kWord;  // target, allowFailure, offset of callData

    std::size_t capacity = 2 * kWord;
    for (const Call& call : calls) {
        capacity += kWord + kTupleHead + kWord + padded(call.data.size());
    }
    Writer writer(kAggregate3, capacity);
    writer.number(kWord);
    writer.number(calls.size());
    std::size_t offset = calls.size() * kWord;
    for (const Call& call : calls) {
        writer.number(offset);
        offset += kTupleHead + kWord + padded(call.data.size());
    }
    for (const Call& call : calls) {
        writer.address(call.target);
        writer.number(1);
        writer.number(kTupleHead);
        writer.bytes(call.data);
    }
    return writer.take();
}

Result<std::vector<CallOutcome>> decode_aggregate3(std::span<const std::uint8_t> data,
                                                   std::size_t expected) {
    const auto array = Reader(data).follow(0);
    if (!array) return malformed("no array");
    const auto count = array->size_at(0);
    if (!count || *count != expected) {
        return malformed("not " + std::to_string(expected) + " entries");
    }
    const auto entries = array->after(kWord);
    if (!entries || entries->size() / kWord < expected) return malformed("too short");

    std::vector<CallOutcome> outcomes;
    outcomes.reserve(expected);
    std::size_t bytes_left = data.size();  // entries may not share bytes: that could multiply them
    for (std::size_t i = 0; i < expected; ++i) {
        const auto tuple = entries->follow(i * kWord);
        const auto outcome = tuple ? read_outcome(*tuple) : std::nullopt;
        if (!outcome || outcome->data.size() > bytes_left) {
            return malformed("entry " + std::to_string(i));
        }
        bytes_left -= outcome->data.size();
        outcomes.push_back({outcome->success, {outcome->data.begin(), outcome->data.end()}});
    }
    return outcomes;
}

}  // namespace custodialbridge::abi
