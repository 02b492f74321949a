/// What must hold of the ledger, compared with the model chain. Each check says what is wrong, or
/// nothing.
#pragma once

#include <string>
#include <vector>

#include "sealed_chain.hpp"
#include "support/fake_store.hpp"

namespace custodialbridge::simulation {

class Truths {
  public:
    /// `telling` are the tokens whose events say all that becomes of their balances.
    Truths(const SealedChain& chain, const testing::FakeStore& store, ChainId id,
           std::vector<TokenId> telling)
        : chain_(chain.model), tables_(store.tables), id_(id), telling_(std::move(telling)) {}

    /// From now on ranges may be lied about: until the lies are found, balances and rows of logs
    /// may be wrong, but never the sums.
    void expect_lies() { lied_to_ = true; }

    /// At any moment, since each unit of work is whole: balances at the cursor's block, the
    /// journal's sums, no suspense, and only blocks that there are.
    std::string at_cursor() const;

    /// The same, and each row of the journal beside the log that it is of, both ways.
    std::string thoroughly() const;

    /// The ledger stands at the head, with nothing waiting.
    bool is_caught_up() const;

    /// All that is final by now was audited.
    bool is_audited(std::uint64_t finality_depth) const;

    /// Also of the tokens that do not tell everything; after they were all touched and read.
    std::string at_the_end() const;

    std::string standing() const;

  private:
    struct Expected {
        TokenId token;
        Address from, to;
        U256 amount{0};
    };
    struct Notice {
        TokenId token;
        Address holder;
        U256 amount{0};
        EventType type = EventType::mint;
    };
    using Place = std::pair<BlockNumber, std::uint32_t>;  // block, log index

    const testing::ChainRow* row() const;
    bool tells(TokenId token) const;
    std::string blocks(const testing::ChainRow& row) const;
    std::string balances(const testing::ChainRow& row, bool all) const;
    std::string journal(const testing::ChainRow& row) const;
    std::string rows_beside_logs(const testing::ChainRow& row) const;
    std::map<Place, Expected> expected_moves(const testing::ChainRow& row) const;
    std::string events_beside_logs(const testing::ChainRow& row) const;
    std::map<Place, Notice> expected_notices(const testing::ChainRow& row) const;
    void add_expected(const testing::ModelBlock& block, std::map<Place, Expected>& moves) const;
    bool is_side(WalletId side, const Address& address, const Expected& move, Place at,
                 const testing::ChainRow& row) const;
    WalletId follower(const Address& address, TokenId token, BlockNumber block,
                      const testing::ChainRow& row) const;

    const testing::ModelChain& chain_;
    const testing::LedgerTables& tables_;
    ChainId id_;
    std::vector<TokenId> telling_;
    bool lied_to_ = false;
};

}  // namespace custodialbridge::simulation
