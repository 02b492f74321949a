#include "custodialbridge/core/trie_root.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge {

namespace {

using rlp::Bytes;
using Nibbles = std::span<const std::uint8_t>;

struct Entry {
    Bytes key;  // in nibbles
    std::span<const std::uint8_t> value;
};
using Entries = std::span<const Entry>;

/// No key is the beginning of another one, because each is one whole RLP item: so no branch has a
/// value of its own.
std::vector<Entry> sorted_entries(std::span<const Bytes> items) {
    std::vector<Entry> entries(items.size());
    Bytes key;
    for (std::size_t i = 0; i < items.size(); ++i) {
        key.clear();
        rlp::append_integer(key, std::uint64_t{i});
        for (const std::uint8_t byte : key) {
            entries[i].key.push_back(byte >> 4U);
            entries[i].key.push_back(byte & 0xfU);
        }
        entries[i].value = items[i];
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.key < b.key; });
    return entries;
}

/// The hex-prefix encoding of a path: a flag nibble, which also makes the number of nibbles even.
Bytes hex_prefix(Nibbles path, bool is_leaf) {
    const bool odd = path.size() % 2 == 1;
    Bytes out(1, static_cast<std::uint8_t>((is_leaf ? 0x20U : 0U) | (odd ? 0x10U : 0U)));
    if (odd) out[0] = static_cast<std::uint8_t>(out[0] | path[0]);
    for (std::size_t i = odd ? 1 : 0; i < path.size(); i += 2)
        out.push_back(static_cast<std::uint8_t>((path[i] << 4U) | path[i + 1]));
    return out;
}

Bytes node_of(Entries entries, std::size_t depth);

/// A node within its parent: itself when it is short, else its hash.
void append_reference(Bytes& out, const Bytes& node) {
    if (node.size() < 32) {
        out.insert(out.end(), node.begin(), node.end());
    } else {
        rlp::append_bytes(out, keccak256(node).bytes);
    }
}

/// The entries are sorted, so what the first and the last one share, all share.
std::size_t shared_until(Entries entries, std::size_t depth) {
    const Bytes& first = entries.front().key;
    const Bytes& last = entries.back().key;
    while (first[depth] == last[depth]) ++depth;
    return depth;
}

Bytes branch_of(Entries entries, std::size_t depth) {
    Bytes members;
    for (std::uint8_t nibble = 0; nibble < 16; ++nibble) {
        const auto end = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
            return entry.key[depth] != nibble;
        });
        const auto count = static_cast<std::size_t>(end - entries.begin());
        if (count == 0) {
            rlp::append_bytes(members, {});
        } else {
            append_reference(members, node_of(entries.first(count), depth + 1));
        }
        entries = entries.subspan(count);
    }
    rlp::append_bytes(members, {});
    return members;
}

/// `entries` is not empty and agrees in the first `depth` nibbles.
Bytes node_of(Entries entries, std::size_t depth) {
    Bytes members;
    if (entries.size() == 1) {
        const Entry& only = entries.front();
        rlp::append_bytes(members, hex_prefix(Nibbles(only.key).subspan(depth), true));
        rlp::append_bytes(members, only.value);
    } else if (const std::size_t end = shared_until(entries, depth); end > depth) {
        const Nibbles path = Nibbles(entries.front().key).subspan(depth, end - depth);
        rlp::append_bytes(members, hex_prefix(path, false));
        append_reference(members, node_of(entries, end));
    } else {
        members = branch_of(entries, depth);
    }
    Bytes node;
    rlp::append_list(node, members);
    return node;
}

}  // namespace

Hash32 trie_root(std::span<const rlp::Bytes> items) {
    Bytes root;
    if (items.empty()) {
        rlp::append_bytes(root, {});
    } else {
        root = node_of(sorted_entries(items), 0);
    }
    return keccak256(root);
}

}  // namespace custodialbridge
