/// The NFTs behind the routes, as a test sets them; what was asked is kept.
#pragma once

#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "custodialbridge/ledger/nft_reader.hpp"

namespace custodialbridge::api::fakes {

class Nfts final : public ledger::NftReader {
  public:
    runtime::Task<Result<ledger::NftList>> nfts(UserId user, std::optional<ChainId> chain,
                                                std::optional<ledger::NftPlace> after,
                                                std::size_t limit, runtime::Deadline) override {
        const std::lock_guard lock(mutex_);
        asked_user = user;
        asked_chain = chain;
        if (failing) co_return *failing;
        ledger::NftList list;
        for (const ledger::NftView& nft : all) {
            if (after && key(nft.place) <= key(*after)) continue;
            if (list.items.size() == limit) {
                list.next = list.items.back().place;
                break;
            }
            list.items.push_back(nft);
        }
        co_return list;
    }

    std::vector<ledger::NftView> all;  ///< in their order
    std::optional<Error> failing;
    UserId asked_user;
    std::optional<ChainId> asked_chain;

  private:
    static std::tuple<ChainId, TokenId, U256> key(const ledger::NftPlace& place) {
        return {place.chain, place.token, place.nft_id};
    }

    std::mutex mutex_;
};

}  // namespace custodialbridge::api::fakes
