#include "custodialbridge/ledger/history_reader.hpp"

#include "custodialbridge/ledger/make_ledger.hpp"
#include "failures.hpp"
#include "local_entry.hpp"

namespace custodialbridge::ledger {
namespace {

std::string block_text(BlockNumber block) {
    return std::to_string(block.value);
}

class JournalHistory final : public HistoryReader {
  public:
    explicit JournalHistory(HistoryParts parts) : parts_(std::move(parts)) {}

    Task<ReadResult> read_at(BalanceKey key, AsOf at, BalanceView& out, Deadline by) override {
        const Token* token = parts_.tokens.find(key.chain, key.token);
        if (token == nullptr) co_return unknown_token(parts_.board, key);
        if (!is_followed(*token))
            co_return not_covered("token " + std::to_string(key.token.value) +
                                  " is not followed from events");
        const Time at_head = parts_.board.find(key.chain)->read().at_head;  // before the ledger
        const auto past = co_await parts_.journal.balance_at(key, at, by);
        if (!past && past.error().code() == Errc::not_found)
            co_return not_covered(past.error().message());
        if (!past) co_return ReadFailure{NoBalance::unavailable, past.error().message()};
        if (past->wallets == 0) co_return unknown_user(key);
        if (!past->covered()) co_return not_covered(why_not(*past));
        BlockRef block{*past->block, {}};
        if (past->block_hash) {
            block.hash = *past->block_hash;
        } else {
            const auto header = co_await header_of(key.chain, block.number, by);
            if (!header)
                co_return ReadFailure{NoBalance::chain_unavailable, header.error().message()};
            block = header->ref;
        }
        tell(*token, past->amount, block, at_head, out);
        co_return ReadResult{};
    }

    Task<Result<JournalPage<LedgerChange>>> changes(ChangeQuery query, Deadline by) override {
        return parts_.journal.changes(std::move(query), by);
    }

    Task<Result<JournalPage<LedgerEvent>>> events(EventQuery query, Deadline by) override {
        return parts_.journal.events(std::move(query), by);
    }

  private:
    static ReadFailure not_covered(std::string why) {
        return {NoBalance::not_covered, std::move(why)};
    }

    static std::string why_not(const store::PastBalance& past) {
        if (!past.covered_from)
            return "a wallet of the user is not tracked yet, the token is not opened, or what it "
                   "was then cannot be read";
        if (!past.block) return "the chain's finality is not known yet";
        return "block " + block_text(*past.block) +
               " is outside of what the ledger covers: " + block_text(*past.covered_from) + " to " +
               block_text(past.cursor.block.number);
    }

    /// Blocks are left out while catching up, which goes up to the finalized one: it is final.
    Task<Result<BlockHeader>> header_of(ChainId chain, BlockNumber block, Deadline by) {
        const auto reader = parts_.chains.find(chain);
        if (reader == parts_.chains.end())
            co_return Error(Errc::unavailable, "the chain is not read here");
        co_return co_await reader->second->header(block, by);
    }

    void tell(const Token& token, const U256& amount, const BlockRef& block, Time at_head,
              BalanceView& out) {
        const Balance balance{amount, {0, block.number}, block.hash, at_head};
        auto entry = local_entry(token, balance, parts_.clock.now());
        show(entry, {}, parts_.clock.wall(), Tier::database, out);
    }

    const HistoryParts parts_;
};

}  // namespace

std::unique_ptr<HistoryReader> make_history_reader(HistoryParts parts) {
    return std::make_unique<JournalHistory>(std::move(parts));
}

}  // namespace custodialbridge::ledger
