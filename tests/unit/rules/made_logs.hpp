/// Builders of logs and of the watchlist that reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/core/log.hpp"
#include "custodialbridge/core/token.hpp"
#include "custodialbridge/rules/decode_events.hpp"
#include "custodialbridge/rules/plan_blocks.hpp"
#include "custodialbridge/rules/watchlist.hpp"
#include "support/model_chain.hpp"

namespace custodialbridge::rules {

using testing::address;

inline const Address kCpop = address(0xc0);
inline const Address kUsdt = address(0xc1);
inline const Address kArt = address(0xc2);    // an erc721
inline const Address kGame = address(0xc3);   // an erc1155
inline const Address kUnknownContract = address(0xcf);
inline constexpr TokenId kCpopId{1};
inline constexpr TokenId kUsdtId{2};
inline constexpr TokenId kArtId{3};
inline constexpr TokenId kGameId{4};
inline constexpr TokenId kSwordId{5};  // of kGame, id 1 alone
inline const Address kZero{};
inline const Address kAlice = address(1);
inline const Address kBob = address(2);
inline const Address kCarol = address(3);  // nobody's wallet
inline constexpr WalletId kAliceWallet{11};
inline constexpr WalletId kBobWallet{12};

inline Token followed(TokenId id, const Address& contract) {
    Token token;
    token.chain = {1};
    token.id = id;
    token.kind = TokenKind::erc20;
    token.address = contract;
    token.realtime = true;
    return token;
}

inline Watchlist alice_and_bob() {
    const std::vector<Token> tokens{followed(kCpopId, kCpop), followed(kUsdtId, kUsdt)};
    Watchlist watchlist(tokens);
    watchlist.add_wallet(kAlice, kAliceWallet);
    watchlist.add_wallet(kBob, kBobWallet);
    return watchlist;
}

/// The same, with NFTs and an entry point.
inline const Address kEntryPoint = address(0xee);
inline Watchlist collectors() {
    Token art = followed(kArtId, kArt), game = followed(kGameId, kGame);
    art.kind = TokenKind::erc721;
    game.kind = TokenKind::erc1155;
    Token sword = game;
    sword.id = kSwordId;
    sword.nft_id = 1;
    const std::vector<Token> tokens{followed(kCpopId, kCpop), art, game, sword};
    const std::vector<Address> entry_points{kEntryPoint};
    Watchlist watchlist(tokens, entry_points);
    watchlist.add_wallet(kAlice, kAliceWallet);
    watchlist.add_wallet(kBob, kBobWallet);
    return watchlist;
}

inline Hash32 uint_word(const U256& value) {
    Hash32 word;
    u256_to_be(value, word.bytes);
    return word;
}

inline std::vector<std::uint8_t> joined(const std::vector<Hash32>& words) {
    std::vector<std::uint8_t> data;
    for (const Hash32& word : words) data.insert(data.end(), word.bytes.begin(), word.bytes.end());
    return data;
}

/// The data of a TransferBatch.
inline std::vector<std::uint8_t> batch_data(const std::vector<U256>& ids,
                                            const std::vector<U256>& amounts) {
    std::vector<Hash32> words{uint_word(64), uint_word(96 + 32 * ids.size()),
                              uint_word(ids.size())};
    for (const U256& id : ids) words.push_back(uint_word(id));
    words.push_back(uint_word(amounts.size()));
    for (const U256& amount : amounts) words.push_back(uint_word(amount));
    return joined(words);
}

/// Logs as a node would answer them, in order; each call adds one.
class MadeLogs {
  public:
    /// What follows is in this transaction of this block.
    MadeLogs& in(std::uint64_t block, std::uint32_t transaction = 0) {
        if (block != block_) next_index_ = 0;
        block_ = block;
        transaction_ = transaction;
        return *this;
    }

    /// The next log's position in its block.
    MadeLogs& at_index(std::uint32_t index) {
        next_index_ = index;
        return *this;
    }

    MadeLogs& transfer(const Address& contract, const Address& from, const Address& to,
                       const U256& amount) {
        return raw(contract, {transfer_topic(), to_word(from), to_word(to)},
                   testing::ModelChain::word(amount));
    }

    MadeLogs& mint(const Address& contract, const Address& to, const U256& amount) {
        return raw(contract, {mint_topic(), to_word(to)}, testing::ModelChain::word(amount));
    }

    MadeLogs& burn(const Address& contract, const Address& from, const U256& amount) {
        return raw(contract, {burn_topic(), to_word(from)}, testing::ModelChain::word(amount));
    }

    MadeLogs& nft(const Address& contract, const Address& from, const Address& to,
                  const U256& id) {
        return raw(contract, {transfer_topic(), to_word(from), to_word(to), uint_word(id)}, {});
    }

    MadeLogs& single(const Address& from, const Address& to, const U256& id, const U256& amount) {
        return raw(kGame,
                   {transfer_single_topic(), to_word(kCarol), to_word(from), to_word(to)},
                   joined({uint_word(id), uint_word(amount)}));
    }

    MadeLogs& batch_of(const Address& from, const Address& to, const std::vector<U256>& ids,
                       const std::vector<U256>& amounts) {
        return raw(kGame, {transfer_batch_topic(), to_word(kCarol), to_word(from), to_word(to)},
                   batch_data(ids, amounts));
    }

    MadeLogs& raw(const Address& contract, const std::vector<Hash32>& topics,
                  const std::vector<std::uint8_t>& data) {
        Log log;
        log.block = {{block_}, keccak256("block " + std::to_string(block_))};
        log.tx_hash = tx(block_, transaction_);
        log.tx_index = transaction_;
        log.log_index = next_index_++;
        log.address = contract;
        log.topic_count = static_cast<std::uint8_t>(topics.size());
        std::copy(topics.begin(), topics.end(), log.topics.begin());
        log.data_offset = static_cast<std::uint32_t>(batch.data.size());
        log.data_size = static_cast<std::uint32_t>(data.size());
        batch.data.insert(batch.data.end(), data.begin(), data.end());
        batch.logs.push_back(log);
        return *this;
    }

    static Hash32 tx(std::uint64_t block, std::uint32_t transaction) {
        return keccak256("tx " + std::to_string(block) + " " + std::to_string(transaction));
    }

    LogBatch batch;

  private:
    std::uint64_t block_ = 1;
    std::uint32_t transaction_ = 0;
    std::uint32_t next_index_ = 0;
};

/// What logs mean to the ledger of those who are watched.
struct Planned {
    LedgerPlan plan;
    std::uint64_t malformed = 0;
};

inline Planned plan_of(const MadeLogs& logs, const Watchlist& watchlist) {
    MovePlanner planner(watchlist);
    Planned planned;
    planner.read(logs.batch, planned.plan).value();
    sum_deltas(planned.plan);
    planned.malformed = planner.malformed();
    return planned;
}

}  // namespace custodialbridge::rules
