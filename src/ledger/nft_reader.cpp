#include "custodialbridge/ledger/nft_reader.hpp"

#include <utility>

namespace custodialbridge::ledger {
namespace {

class StoredNfts final : public NftReader {
  public:
    StoredNfts(const TokenRegistry& tokens, store::BalanceStore& balances)
        : tokens_(tokens), balances_(balances) {}

    Task<Result<NftList>> nfts(UserId user, std::optional<ChainId> chain,
                               std::optional<NftPlace> after, std::size_t limit,
                               Deadline by) override {
        CB_CO_TRY(page, co_await balances_.nfts(std::move(user), chain, after, limit, by));
        NftList list;
        for (const store::HeldNft& held : page.items) {
            const Token* token = tokens_.find(held.chain, held.token);
            if (token == nullptr) continue;  // another process is configured to follow it
            list.items.push_back({place_of(held), token->address, token->kind, held.amount,
                                  held.as_of});
        }
        if (page.more) list.next = place_of(page.items.back());
        co_return std::move(list);
    }

  private:
    static NftPlace place_of(const store::HeldNft& held) {
        return {held.chain, held.token, held.nft_id};
    }

    const TokenRegistry& tokens_;
    store::BalanceStore& balances_;
};

}  // namespace

std::unique_ptr<NftReader> make_nft_reader(const TokenRegistry& tokens,
                                           store::BalanceStore& balances) {
    return std::make_unique<StoredNfts>(tokens, balances);
}

}  // namespace custodialbridge::ledger
