/// A small chain that is always right: blocks of token events, the state after each, and
/// reorganisations.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/rules/check_bloom.hpp"
#include "custodialbridge/rules/decode_events.hpp"

namespace custodialbridge::testing {

/// The address that ends in this number.
inline Address address(std::uint64_t number) {
    Address made;
    made.bytes[0] = 0xad;  // never the zero address
    for (std::size_t i = 0; i < 8; ++i)
        made.bytes[19 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return made;
}

inline Hash32 hash_of_text(const std::string& text) {
    return keccak256(std::string_view(text));
}

/// How a contract tells of a move.
enum class Told {
    by_transfer,      ///< a Transfer, as the standard says
    by_both,          ///< a Mint or Burn beside it, as some tokens do
    by_notice_alone,  ///< only a Mint or Burn
    by_another_event, ///< one that no standard knows, and that only names the wallets
    not_at_all        ///< the balances change and no event says so
};

struct ModelMove {
    Address contract;
    Address from;  ///< zero: a mint
    Address to;    ///< zero: a burn
    U256 amount{0};
    Told told = Told::by_transfer;
    std::optional<U256> nft_id{};  ///< an erc721's, whose amount is 1; or, `of_many`, an erc1155's
    bool of_many = false;
};

using ModelNfts = std::map<std::tuple<Address, Address, U256>, U256>;  ///< by contract, holder, id
using ModelState = std::map<std::pair<Address, Address>, U256>;  ///< by contract and holder

struct ModelBlock {
    BlockHeader header;
    LogBatch logs;
    ModelState state;  ///< after the block: of NFTs, over all ids
    ModelNfts nfts;    ///< after the block
    std::vector<Address> parties{};  ///< senders and receivers of its transactions
};

class ModelChain {
  public:
    explicit ModelChain(std::uint64_t first_number = 0) {
        ModelBlock genesis;
        genesis.header.ref = {{first_number}, hash_of_text("genesis")};
        genesis.header.timestamp = kGenesisTime;
        keep(std::move(genesis));
    }

    /// Asked to finish each block that is mined: it may give it another hash.
    std::function<void(ModelBlock&)> seal;

    static constexpr Seconds kBlockTime{2};
    static constexpr Time kGenesisTime{Micros{1'705'000'000'000'000}};

    const ModelBlock& head() const { return *canonical_.back(); }
    std::uint64_t first() const { return canonical_.front()->header.ref.number.value; }
    std::uint64_t height() const { return head().header.ref.number.value; }

    /// Nothing when the canonical chain has no such block.
    const ModelBlock* at(std::uint64_t number) const {
        if (number < first() || number > height()) return nullptr;
        return canonical_[number - first()].get();
    }

    /// Also a block that was reorganised away.
    const ModelBlock* ever(const Hash32& hash) const {
        const auto found = all_.find(hash);
        return found == all_.end() ? nullptr : found->second.get();
    }

    bool is_canonical(const BlockRef& block) const {
        const ModelBlock* held = at(block.number.value);
        return held != nullptr && held->header.ref == block;
    }

    U256 balance(const Address& contract, const Address& holder) const {
        return balance_in(head().state, contract, holder);
    }

    static U256 balance_in(const ModelState& state, const Address& contract,
                           const Address& holder) {
        const auto found = state.find({contract, holder});
        return found == state.end() ? U256(0) : found->second;
    }

    static U256 holding_in(const ModelNfts& nfts, const Address& contract, const Address& holder,
                           const U256& id) {
        const auto found = nfts.find({contract, holder, id});
        return found == nfts.end() ? U256(0) : found->second;
    }

    /// One block on top of the head; each move is a transaction of its own.
    const ModelBlock& mine(const std::vector<ModelMove>& moves = {}) {
        ModelBlock block;
        const BlockHeader& parent = head().header;
        block.header.parent = parent.ref.hash;
        block.header.timestamp = parent.timestamp + kBlockTime;
        block.header.ref.number = next(parent.ref.number);
        block.header.ref.hash = hash_of_text(to_string(parent.ref.hash) + std::to_string(++made_));
        block.state = head().state;
        block.nfts = head().nfts;
        for (std::size_t i = 0; i < moves.size(); ++i) play(block, moves[i], i);
        for (const ModelMove& move : moves)
            block.parties.insert(block.parties.end(), {move.from, move.contract});
        if (seal) seal(block);
        return keep(std::move(block));
    }

    void mine_empty(std::uint64_t blocks) {
        for (std::uint64_t i = 0; i < blocks; ++i) mine();
    }

    /// Takes the newest blocks away; what is mined then is another branch.
    void drop(std::uint64_t blocks) {
        if (blocks >= canonical_.size()) throw std::logic_error("the genesis block stays");
        canonical_.resize(canonical_.size() - blocks);
    }

    /// Adds a log as it is to a block that is being made; for logs that no honest token writes.
    static void add_log(ModelBlock& block, const Address& contract,
                        const std::vector<Hash32>& topics, const std::vector<std::uint8_t>& data,
                        std::size_t transaction) {
        Log log;
        log.block = block.header.ref;
        log.tx_index = static_cast<std::uint32_t>(transaction);
        log.tx_hash =
            hash_of_text(to_string(block.header.ref.hash) + "tx" + std::to_string(transaction));
        log.log_index = static_cast<std::uint32_t>(block.logs.logs.size());
        log.address = contract;
        log.topic_count = static_cast<std::uint8_t>(topics.size());
        std::copy(topics.begin(), topics.end(), log.topics.begin());
        log.data_offset = static_cast<std::uint32_t>(block.logs.data.size());
        log.data_size = static_cast<std::uint32_t>(data.size());
        block.logs.data.insert(block.logs.data.end(), data.begin(), data.end());
        block.logs.logs.push_back(log);
        rules::bloom_add(block.header.logs_bloom, contract.bytes);
        for (const Hash32& topic : topics) rules::bloom_add(block.header.logs_bloom, topic.bytes);
    }

    static std::vector<std::uint8_t> word(const U256& amount) {
        std::vector<std::uint8_t> bytes(32);
        u256_to_be(amount, std::span<std::uint8_t, 32>(bytes.data(), 32));
        return bytes;
    }

  private:
    void play(ModelBlock& block, const ModelMove& move, std::size_t transaction) {
        if (!move.from.is_zero()) {
            U256& held = block.state[{move.contract, move.from}];
            if (held < move.amount)
                throw std::logic_error("the model chain's holder has too little");
            held -= move.amount;
        }
        if (!move.to.is_zero()) block.state[{move.contract, move.to}] += move.amount;
        if (move.nft_id) return play_nft(block, move, transaction);
        const bool notice = move.from.is_zero() || move.to.is_zero();
        if (notice && (move.told == Told::by_both || move.told == Told::by_notice_alone)) {
            const bool mint = move.from.is_zero();
            add_log(block, move.contract,
                    {mint ? rules::mint_topic() : rules::burn_topic(),
                     to_word(mint ? move.to : move.from)},
                    word(move.amount), transaction);
        }
        if (move.told == Told::by_another_event)
            add_log(block, move.contract,
                    {keccak256("Changed(address,address)"), to_word(move.from), to_word(move.to)},
                    {}, transaction);
        if (move.told == Told::by_transfer || move.told == Told::by_both)
            add_log(block, move.contract,
                    {rules::transfer_topic(), to_word(move.from), to_word(move.to)},
                    word(move.amount), transaction);
    }

    void play_nft(ModelBlock& block, const ModelMove& move, std::size_t transaction) {
        const U256& id = *move.nft_id;
        if (!move.from.is_zero()) block.nfts[{move.contract, move.from, id}] -= move.amount;
        if (!move.to.is_zero()) block.nfts[{move.contract, move.to, id}] += move.amount;
        if (move.told != Told::by_transfer) return;
        if (!move.of_many)
            return add_log(block, move.contract,
                           {rules::transfer_topic(), to_word(move.from), to_word(move.to),
                            hash_of(id)},
                           {}, transaction);
        auto data = word(id);
        const auto amount = word(move.amount);
        data.insert(data.end(), amount.begin(), amount.end());
        add_log(block, move.contract,
                {rules::transfer_single_topic(), to_word(move.from), to_word(move.from),
                 to_word(move.to)},
                data, transaction);
    }

    static Hash32 hash_of(const U256& number) {
        Hash32 hash;
        u256_to_be(number, hash.bytes);
        return hash;
    }

    const ModelBlock& keep(ModelBlock block) {
        auto kept = std::make_shared<const ModelBlock>(std::move(block));
        all_[kept->header.ref.hash] = kept;
        canonical_.push_back(kept);
        return *kept;
    }

    std::vector<std::shared_ptr<const ModelBlock>> canonical_;
    std::unordered_map<Hash32, std::shared_ptr<const ModelBlock>> all_;
    std::uint64_t made_ = 0;
};

}  // namespace custodialbridge::testing
