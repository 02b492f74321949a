#include "custodialbridge/core/address.hpp"

#include <algorithm>
#include <functional>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge {
namespace {

constexpr std::size_t kWordPadding = 12;

// Of hexadecimal digits: letters have bit 6, lower-case ones bit 5 too.
bool is_mixed_case(std::string_view digits) {
    bool lower = false;
    bool upper = false;
    for (const char digit : digits) {
        lower |= (digit & 0x60) == 0x60;
        upper |= (digit & 0x60) == 0x40;
    }
    return lower && upper;
}

}  // namespace

// EIP-55: a letter is a capital when the same digit of keccak256(lower-case digits) is 8 or more.
std::string to_string(const Address& address) {
    std::string text = to_hex(address.bytes);
    const Hash32 hash = keccak256(std::string_view(text).substr(2));
    for (std::size_t i = 0; i < 40; ++i) {
        char& digit = text[i + 2];
        const unsigned hash_byte = hash.bytes[i / 2];
        const unsigned hash_digit = i % 2 == 0 ? hash_byte >> 4 : hash_byte & 0x0f;
        if (hash_digit >= 8 && digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
    }
    return text;
}

Result<Address> parse_address(std::string_view text) {
    Address address;
    if (!parse_hex_exact(text, address.bytes)) {
        return Error{Errc::invalid, "an address is 0x and 40 hexadecimal digits"};
    }
    if (is_mixed_case(text.substr(2)) && to_string(address) != text) {
        return Error{Errc::invalid, "wrong EIP-55 checksum in address " + std::string(text)};
    }
    return address;
}

bool address_from_word(const Hash32& word, Address& out) {
    const auto low = word.bytes.begin() + kWordPadding;
    if (std::any_of(word.bytes.begin(), low, std::identity{})) return false;
    std::copy(low, word.bytes.end(), out.bytes.begin());
    return true;
}

Hash32 to_word(const Address& address) {
    Hash32 word;
    std::copy(address.bytes.begin(), address.bytes.end(), word.bytes.begin() + kWordPadding);
    return word;
}

}  // namespace custodialbridge
