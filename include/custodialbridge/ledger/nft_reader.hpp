/// The NFTs that users hold, of collections that are followed from events.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "custodialbridge/core/token_registry.hpp"
#include "custodialbridge/store/balance_store.hpp"

namespace custodialbridge::ledger {

using runtime::Deadline;
using runtime::Task;

using store::NftPlace;

/// One NFT, over all of the user's wallets on the chain.
struct NftView {
    NftPlace place;
    Address contract;
    TokenKind kind = TokenKind::erc721;  ///< erc721 or erc1155
    U256 amount{0};
    BlockNumber block;  ///< true as of this one
};

struct NftList {
    std::vector<NftView> items;     ///< by chain, token, id
    std::optional<NftPlace> next;   ///< the last one's place; none: this was the last page
};

/// Any thread's loop may await. Errors are the store's: `unavailable`, `timed_out`.
class NftReader {
  public:
    virtual ~NftReader() = default;

    /// After `after`, at most `limit`. An unknown user holds none.
    virtual Task<Result<NftList>> nfts(UserId user, std::optional<ChainId> chain,
                                       std::optional<NftPlace> after, std::size_t limit,
                                       Deadline by) = 0;
};

/// Both outlive the reader; one serves all threads.
std::unique_ptr<NftReader> make_nft_reader(const TokenRegistry& tokens,
                                           store::BalanceStore& balances);

}  // namespace custodialbridge::ledger
