#include "custodialbridge/core/trie_root.hpp"

#include <gtest/gtest.h>

#include <string>

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge {
namespace {

std::string bytes_item(std::span<const std::uint8_t> bytes) {
    rlp::Bytes out;
    rlp::append_bytes(out, bytes);
    return to_hex(out);
}

std::string text_item(std::string_view text) {
    return bytes_item({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::string integer_item(std::uint64_t value) {
    rlp::Bytes out, wide;
    rlp::append_integer(out, value);
    rlp::append_integer(wide, U256(value));
    EXPECT_EQ(out, wide);
    return to_hex(out);
}

TEST(Rlp, WritesBytes) {
    EXPECT_EQ(text_item(""), "0x80");
    EXPECT_EQ(text_item("dog"), "0x83646f67");
    EXPECT_EQ(bytes_item(rlp::Bytes{0x00}), "0x00");
    EXPECT_EQ(bytes_item(rlp::Bytes{0x7f}), "0x7f");
    EXPECT_EQ(bytes_item(rlp::Bytes{0x80}), "0x8180");
    EXPECT_EQ(bytes_item(rlp::Bytes(55, 1)).substr(0, 6), "0xb701");
    EXPECT_EQ(bytes_item(rlp::Bytes(56, 1)).substr(0, 8), "0xb83801");
    EXPECT_EQ(bytes_item(rlp::Bytes(1024, 1)).substr(0, 10), "0xb9040001");
}

TEST(Rlp, WritesIntegersWithoutLeadingZeros) {
    EXPECT_EQ(integer_item(0), "0x80");
    EXPECT_EQ(integer_item(15), "0x0f");
    EXPECT_EQ(integer_item(0x7f), "0x7f");
    EXPECT_EQ(integer_item(0x80), "0x8180");
    EXPECT_EQ(integer_item(1024), "0x820400");
    EXPECT_EQ(integer_item(~std::uint64_t{0}), "0x88ffffffffffffffff");
    rlp::Bytes wide;
    rlp::append_integer(wide, U256(1) << 64);
    EXPECT_EQ(to_hex(wide), "0x89010000000000000000");
}

TEST(Rlp, WritesLists) {
    rlp::Bytes empty, nested, long_one;
    rlp::append_list(empty, {});
    EXPECT_EQ(to_hex(empty), "0xc0");
    rlp::append_list(nested, empty);
    EXPECT_EQ(to_hex(nested), "0xc1c0");
    rlp::append_list(long_one, rlp::Bytes(56, 0x01));
    EXPECT_EQ(to_hex(long_one).substr(0, 8), "0xf83801");
}

/// Item i is the text of i, `times` times over.
std::string root_of(std::size_t count, unsigned times) {
    std::vector<rlp::Bytes> items(count);
    for (std::size_t i = 0; i < count; ++i)
        for (unsigned time = 0; time < times; ++time)
            for (const char digit : std::to_string(i))
                items[i].push_back(static_cast<std::uint8_t>(digit));
    return to_string(trie_root(items));
}

// The expected roots are those of another implementation (@ethereumjs/trie 6.2).

TEST(TrieRoot, OfNoItemsIsTheEmptyTries) {
    EXPECT_EQ(root_of(0, 1), "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
}

TEST(TrieRoot, OfItemsThatFitIntoTheirParents) {
    EXPECT_EQ(root_of(1, 1), "0x5f0acf6a67ec9e414810ce05587222cc1b04ef35e10fdc0bd91b2a1f90369b1b");
    EXPECT_EQ(root_of(2, 1), "0xcf653b61ce62727adcc21d5008ec619edfa0ab2ada2c85b02ab8c3b8f3258c6f");
    EXPECT_EQ(root_of(17, 1), "0xa6a48e4e57c7d94a1da5a955c4de3edc21d656368acdb385f793e795fa0d8af5");
    EXPECT_EQ(root_of(128, 1),
              "0xa943b34d2fdc871ddcdac9fcc49120c90f3dccc3e78d9a47a7f54dc9324fb814");
    EXPECT_EQ(root_of(700, 1),
              "0x5629ac2c506bbf4da0ced14276827926f9c7c4cd979c779c21469a543c2ad760");
}

TEST(TrieRoot, OfItemsThatStandAlone) {
    EXPECT_EQ(root_of(1, 20), "0x73b4913df2673298032a7dc2584d7d9c6561d95481eccce3a98f4fce24321681");
    EXPECT_EQ(root_of(3, 20), "0xb9ebc928285761236039aab66135ea9f72c17518e5cb334d838f74311fe64a3d");
    EXPECT_EQ(root_of(127, 20),
              "0x02412747770fa65accf2e074c3a422d8ff26da2dbe19ca4b7cb589c678db39e8");
    EXPECT_EQ(root_of(129, 20),
              "0x78f51b44d3fc3d58b2dc2450a21be377dcca65449dcd59a59f36ff91ba5fa800");
    EXPECT_EQ(root_of(256, 20),
              "0x6dee38f580f612c25b62f5bc84cac4815b8dcc5fca2d66f14aa57606b9175aae");
    EXPECT_EQ(root_of(257, 20),
              "0x318094ab4710264ebc01755685ed645fdbfa5773410bf92d4d8176d639ab142f");
    EXPECT_EQ(root_of(700, 20),
              "0x05e267e8c894194d46c85002bf4204201e4b46b63c33e1aa4bcfe22cab066026");
}

}  // namespace
}  // namespace custodialbridge
