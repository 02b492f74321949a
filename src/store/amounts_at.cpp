#include "amounts_at.hpp"

#include <map>
#include <tuple>

namespace custodialbridge::store {
namespace {

/// Chain $1, block $2 with hash $3; of each name (wallet, token, id or null) its place, holder and
/// present amount (part 1), and of their wallets what moved above the block, by id (part 2). The
/// first row (part 0) is there when the block is canonical and not above the cursor.
constexpr Statement kAmountsAt{"amounts_at", R"(
    SELECT 0::int4, NULL::int8, NULL::int8, NULL::int4, NULL::numeric, NULL::bytea, NULL::numeric
    FROM blocks k JOIN chains c ON c.chain_id = k.chain_id
    WHERE k.chain_id = $1::int8 AND k.number = $2::int8 AND k.hash = $3::bytea
          AND NOT k.orphaned AND k.number <= c.cursor_number
    UNION ALL
    SELECT 1, d.place, d.wallet_id, d.token_id, d.nft_id, w.address,
           CASE WHEN d.nft_id IS NULL THEN b.amount ELSE coalesce(h.amount, 0) END
    FROM unnest($4::int8[], $5::int4[], $6::numeric[]) WITH ORDINALITY
         AS d (wallet_id, token_id, nft_id, place)
    JOIN wallets w ON w.wallet_id = d.wallet_id
    JOIN balances b ON b.wallet_id = d.wallet_id AND b.token_id = d.token_id
    JOIN tokens t ON t.chain_id = $1::int8 AND t.token_id = d.token_id
    LEFT JOIN holdings h ON h.wallet_id = d.wallet_id AND h.token_id = d.token_id
                            AND h.nft_id = d.nft_id
    WHERE w.chain_id = $1::int8 AND w.deleted_at IS NULL AND w.tracked_from <= $2::int8
          AND t.opened_at <= $2::int8 AND coalesce(b.known_from, 0) <= $2::int8
    UNION ALL
    SELECT 2, NULL, m.wallet_id, m.token_id, m.nft_id, NULL, sum(m.amount)
    FROM (SELECT j.credit AS wallet_id, j.token_id, j.nft_id, j.amount FROM journal j
          WHERE j.chain_id = $1::int8 AND j.block_number > $2::int8 AND NOT j.orphaned
                AND j.credit = ANY ($4::int8[])
          UNION ALL
          SELECT j.debit, j.token_id, j.nft_id, -j.amount FROM journal j
          WHERE j.chain_id = $1::int8 AND j.block_number > $2::int8 AND NOT j.orphaned
                AND j.debit = ANY ($4::int8[])) m
    GROUP BY m.wallet_id, m.token_id, m.nft_id
    ORDER BY 1, 2)"};

/// A sum of signed amounts, as two that are not.
struct Net {
    U256 more{0};
    U256 less{0};

    void add(const SignedAmount& amount) { (amount.negative ? less : more) += amount.magnitude; }

    /// What there was before it; as elsewhere in the past, never less than nothing.
    U256 taken_from(const U256& amount) const {
        const U256 before = amount + less;
        return before > more ? before - more : U256(0);
    }
};

class MovedSince {
  public:
    void add(const BalanceName& name, const std::optional<U256>& nft_id, const SignedAmount& net) {
        of_balances_[name].add(net);
        if (nft_id) of_ids_[{name, *nft_id}].add(net);
    }

    U256 before(const AmountName& name, const U256& amount) const {
        if (!name.nft_id) {
            const auto found = of_balances_.find(name.balance);
            return found == of_balances_.end() ? amount : found->second.taken_from(amount);
        }
        const auto found = of_ids_.find({name.balance, *name.nft_id});
        return found == of_ids_.end() ? amount : found->second.taken_from(amount);
    }

  private:
    std::map<BalanceName, Net> of_balances_;
    std::map<std::pair<BalanceName, U256>, Net> of_ids_;
};

}  // namespace

Result<std::vector<LedgerAmount>> amounts_at(Connection& session, ChainId chain,
                                             const BlockRef& at,
                                             const std::vector<AmountName>& names, Deadline by) {
    Params asked = params(column(chain), column(at.number), at.hash);
    asked.add_array(names, [](const AmountName& n) { return column(n.balance.wallet); });
    asked.add_array(names, [](const AmountName& n) { return column(n.balance.token); });
    asked.add_array(names, [](const AmountName& n) { return n.nft_id; });
    CB_TRY(rows, session.run(kAmountsAt, asked, by));
    if (rows.empty() || rows.int32(0, 0) != 0)
        return Error(Errc::conflict, "block " + std::to_string(at.number.value) + " " +
                                         to_string(at.hash) +
                                         " is not one of the ledger's canonical blocks");
    std::vector<LedgerAmount> found;
    MovedSince moved;
    for (std::size_t i = 1; i < rows.count(); ++i) {
        const BalanceName name{rows.id<WalletId>(i, 2), rows.id<TokenId>(i, 3)};
        std::optional<U256> nft_id;
        if (!rows.is_null(i, 4)) nft_id = rows.amount(i, 4);
        if (rows.int32(i, 0) == 2)
            moved.add(name, nft_id, rows.signed_amount(i, 6));
        else
            found.push_back({{name, nft_id}, rows.address(i, 5), rows.amount(i, 6)});
    }
    for (LedgerAmount& one : found) one.amount = moved.before(one.name, one.amount);
    return found;
}

}  // namespace custodialbridge::store
