/// The statements that change holdings: how many of each NFT a wallet has.
#pragma once

#include "connection.hpp"

namespace custodialbridge::store {

/// A row of nothing for each holding that is not there yet: what follows only has to update.
inline constexpr Statement kMakeHoldings{"make_holdings", R"(
    INSERT INTO holdings (chain_id, as_of_block, wallet_id, token_id, nft_id, amount)
    SELECT $1::int8, $2::int8, d.*, 0 FROM unnest($3::int8[], $4::int4[], $5::numeric[]) AS d
    ON CONFLICT DO NOTHING)"};

inline constexpr Statement kApplyHoldings{"apply_holdings", R"(
    UPDATE holdings h SET amount = h.amount + d.net, as_of_block = d.block
    FROM unnest($1::int8[], $2::int4[], $3::numeric[], $4::numeric[], $5::int8[])
         AS d (wallet_id, token_id, nft_id, net, block)
    WHERE h.wallet_id = d.wallet_id AND h.token_id = d.token_id AND h.nft_id = d.nft_id)"};

/// The stored amounts in the order asked for; null where there is no row.
inline constexpr Statement kReadHoldings{"read_holdings", R"(
    SELECT h.amount
    FROM unnest($1::int8[], $2::int4[], $3::numeric[]) WITH ORDINALITY
         AS d (wallet_id, token_id, nft_id, place)
    LEFT JOIN holdings h ON h.wallet_id = d.wallet_id AND h.token_id = d.token_id
                            AND h.nft_id = d.nft_id
    ORDER BY d.place)"};

/// All that these wallets hold of these tokens.
inline constexpr Statement kHoldingsOf{"holdings_of", R"(
    SELECT h.wallet_id, h.token_id, h.nft_id, h.amount
    FROM unnest($1::int8[], $2::int4[]) AS d (wallet_id, token_id)
    JOIN holdings h ON h.wallet_id = d.wallet_id AND h.token_id = d.token_id
    WHERE h.amount > 0)"};

inline constexpr Statement kForgetHoldings{"forget_holdings", R"(
    DELETE FROM holdings h USING wallets w
    WHERE h.wallet_id = w.wallet_id AND w.chain_id = $1::int8 AND w.tracked_from > $2::int8)"};

inline constexpr Statement kMarkDeployed{"mark_deployed", R"(
    UPDATE wallets SET is_deployed = true
    WHERE wallet_id = ANY ($1::int8[]) AND NOT is_deployed)"};

}  // namespace custodialbridge::store
