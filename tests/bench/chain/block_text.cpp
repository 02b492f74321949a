#include "block_text.hpp"

#include <array>
#include <vector>

#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/rules/check_bloom.hpp"
#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::bench {

namespace {

constexpr std::uint64_t kGasLimit = 60'000'000;
constexpr std::uint64_t kGasOfTransfer = 30'000;
constexpr std::uint64_t kBaseFee = 1'000'000'000;

using Bytes = std::vector<std::uint8_t>;

/// Recursive length prefix (yellow paper, appendix B): a list of strings of bytes.
class RlpList {
  public:
    void add(std::span<const std::uint8_t> text) {
        if (text.size() != 1 || text[0] >= 0x80) add_length(items_, text.size(), 0x80);
        items_.insert(items_.end(), text.begin(), text.end());
    }
    void add(const Hash32& hash) { add(hash.bytes); }
    void add(std::uint64_t number) {
        Bytes digits;
        for (; number != 0; number >>= 8)
            digits.insert(digits.begin(), static_cast<std::uint8_t>(number));
        add(digits);
    }

    Bytes encoded() const {
        Bytes out;
        add_length(out, items_.size(), 0xc0);
        out.insert(out.end(), items_.begin(), items_.end());
        return out;
    }

  private:
    static void add_length(Bytes& out, std::size_t length, std::uint8_t base) {
        if (length < 56) {
            out.push_back(static_cast<std::uint8_t>(base + length));
            return;
        }
        Bytes digits;
        for (; length != 0; length >>= 8)
            digits.insert(digits.begin(), static_cast<std::uint8_t>(length));
        out.push_back(static_cast<std::uint8_t>(base + 55 + digits.size()));
        out.insert(out.end(), digits.begin(), digits.end());
    }

    Bytes items_;
};

Hash32 hash_of_empty_list() { return keccak256(RlpList().encoded()); }

/// The root of a trie without entries: keccak of the RLP of the empty string.
Hash32 empty_trie_root() { return keccak256(std::array<std::uint8_t, 1>{0x80}); }

std::uint64_t gas_used(const DrawnBlock& block) { return block.transfers.size() * kGasOfTransfer; }

/// The fields in their order since the Shanghai upgrade (EIP-1559, EIP-4895).
Hash32 hash_of(const DrawnBlock& block, const Bloom& bloom) {
    RlpList header;
    header.add(block.parent);
    header.add(hash_of_empty_list());
    header.add(Address{}.bytes);
    header.add(block.state_root);
    header.add(block.transactions_root);
    header.add(block.receipts_root);
    header.add(bloom);
    header.add(std::uint64_t{0});
    header.add(block.number);
    header.add(kGasLimit);
    header.add(gas_used(block));
    header.add(block.timestamp);
    header.add(std::span<const std::uint8_t>());
    header.add(Hash32{});
    header.add(std::array<std::uint8_t, 8>{});
    header.add(kBaseFee);
    header.add(empty_trie_root());
    return keccak256(header.encoded());
}

class Members {
  public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }
    ~Members() { out_ += '}'; }

    void text(std::string_view name, std::string_view value) {
        key(name);
        out_ += '"';
        out_ += value;
        out_ += '"';
    }
    void bytes(std::string_view name, std::span<const std::uint8_t> value) {
        key(name);
        out_ += "\"0x";
        append_hex(out_, value);
        out_ += '"';
    }
    void number(std::string_view name, std::uint64_t value) { text(name, to_quantity(value)); }
    void key(std::string_view name) {
        if (out_.back() != '{') out_ += ',';
        out_ += '"';
        out_ += name;
        out_ += "\":";
    }

  private:
    std::string& out_;
};

void append_transactions(std::string& out, std::span<const Transfer> transfers) {
    out += '[';
    for (std::size_t i = 0; i < transfers.size(); i += kTransfersPerTransaction) {
        out += i == 0 ? "\"0x" : ",\"0x";
        append_hex(out, transfers[i].tx_hash.bytes);
        out += '"';
    }
    out += ']';
}

void append_header(std::string& out, const DrawnBlock& block, const Hash32& hash,
                   const Bloom& bloom) {
    Members header(out);
    header.bytes("hash", hash.bytes);
    header.bytes("parentHash", block.parent.bytes);
    header.bytes("sha3Uncles", hash_of_empty_list().bytes);
    header.bytes("miner", Address{}.bytes);
    header.bytes("stateRoot", block.state_root.bytes);
    header.bytes("transactionsRoot", block.transactions_root.bytes);
    header.bytes("receiptsRoot", block.receipts_root.bytes);
    header.bytes("logsBloom", bloom);
    header.text("difficulty", "0x0");
    header.number("number", block.number);
    header.number("gasLimit", kGasLimit);
    header.number("gasUsed", gas_used(block));
    header.number("timestamp", block.timestamp);
    header.text("extraData", "0x");
    header.bytes("mixHash", Hash32{}.bytes);
    header.text("nonce", "0x0000000000000000");
    header.number("baseFeePerGas", kBaseFee);
    header.bytes("withdrawalsRoot", empty_trie_root().bytes);
    header.key("uncles");
    out += "[]";
    header.key("withdrawals");
    out += "[]";
    header.key("transactions");
    append_transactions(out, block.transfers);
}

Hash32 topic_of(std::uint32_t wallet) {
    return wallet == kNobody ? Hash32{} : to_word(wallet_address(wallet));
}

Hash32 word_of(Amount amount) {
    Hash32 word;
    for (std::size_t i = 32; amount != 0; amount >>= 8)
        word.bytes[--i] = static_cast<std::uint8_t>(amount);
    return word;
}

}  // namespace

BlockText::BlockText(const Address& token) : token_(token), token_text_(to_hex(token.bytes)) {}

Bloom BlockText::bloom_of(std::span<const Transfer> transfers) const {
    Bloom bloom{};
    if (!transfers.empty()) {
        rules::bloom_add(bloom, token_.bytes);
        rules::bloom_add(bloom, rules::transfer_topic().bytes);
    }
    for (const Transfer& transfer : transfers) {
        rules::bloom_add(bloom, topic_of(transfer.from).bytes);
        rules::bloom_add(bloom, topic_of(transfer.to).bytes);
    }
    return bloom;
}

Hash32 BlockText::write(const DrawnBlock& block, std::string& header, std::string& logs) const {
    const Bloom bloom = bloom_of(block.transfers);
    const Hash32 hash = hash_of(block, bloom);
    append_header(header, block, hash, bloom);
    for (const Transfer& transfer : block.transfers) {
        {
            Members log(logs);
            log.text("address", token_text_);
            log.key("topics");
            logs += "[\"" + to_string(rules::transfer_topic()) + "\",\"" +
                    to_string(topic_of(transfer.from)) + "\",\"" +
                    to_string(topic_of(transfer.to)) + "\"]";
            log.bytes("data", word_of(transfer.amount).bytes);
            log.bytes("blockHash", hash.bytes);
            log.number("blockNumber", block.number);
            log.number("blockTimestamp", block.timestamp);
            log.bytes("transactionHash", transfer.tx_hash.bytes);
            log.number("transactionIndex", transfer.log_index / kTransfersPerTransaction);
            log.number("logIndex", transfer.log_index);
            log.key("removed");
            logs += "false";
        }
        logs += ',';
    }
    return hash;
}

}  // namespace custodialbridge::bench
