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
Address address(std::uint64_t number);

Hash32 hash_of_text(const std::string& text);

/// How a contract tells of a move.
enum class Told {
    by_transfer,       ///< a Transfer, as the standard says
    by_both,           ///< a Mint or Burn beside it, as some tokens do
    by_notice_alone,   ///< only a Mint or Burn
    by_another_event,  ///< one that no standard knows, and that only names the wallets
    not_at_all         ///< the balances change and no event says so
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
using ModelState = std::map<std::pair<Address, Address>, U256>;        ///< by contract and holder

struct ModelBlock {
    BlockHeader header;
    LogBatch logs;
    ModelState state;                ///< after the block: of NFTs, over all ids
    ModelNfts nfts;                  ///< after the block
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

    /// The first block was there before anyone could be asked; it must still be the only one.
    void seal_first();

    static constexpr Seconds kBlockTime{2};
    static constexpr Time kGenesisTime{Micros{1'705'000'000'000'000}};

    const ModelBlock& head() const { return *canonical_.back(); }
    std::uint64_t first() const { return canonical_.front()->header.ref.number.value; }
    std::uint64_t height() const { return head().header.ref.number.value; }

    /// Nothing when the canonical chain has no such block.
    const ModelBlock* at(std::uint64_t number) const;

    /// Also a block that was reorganised away.
    const ModelBlock* ever(const Hash32& hash) const;

    bool is_canonical(const BlockRef& block) const;

    U256 balance(const Address& contract, const Address& holder) const;

    static U256 balance_in(const ModelState& state, const Address& contract, const Address& holder);

    static U256 holding_in(const ModelNfts& nfts, const Address& contract, const Address& holder,
                           const U256& id);

    /// One block on top of the head; each move is a transaction of its own.
    const ModelBlock& mine(const std::vector<ModelMove>& moves = {});

    void mine_empty(std::uint64_t blocks);

    /// Takes the newest blocks away; what is mined then is another branch.
    void drop(std::uint64_t blocks);

    /// Adds a log as it is to a block that is being made; for logs that no honest token writes.
    static void add_log(ModelBlock& block, const Address& contract,
                        const std::vector<Hash32>& topics, const std::vector<std::uint8_t>& data,
                        std::size_t transaction);

    static std::vector<std::uint8_t> word(const U256& amount);

  private:
    void play(ModelBlock& block, const ModelMove& move, std::size_t transaction);

    void play_nft(ModelBlock& block, const ModelMove& move, std::size_t transaction);

    static Hash32 hash_of(const U256& number);

    const ModelBlock& keep(ModelBlock block);

    std::vector<std::shared_ptr<const ModelBlock>> canonical_;
    std::unordered_map<Hash32, std::shared_ptr<const ModelBlock>> all_;
    std::uint64_t made_ = 0;
};

}  // namespace custodialbridge::testing
