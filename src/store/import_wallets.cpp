#include "import_wallets.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "poll_statements.hpp"

namespace custodialbridge::store {
namespace {

/// In the order of their keys, so that imports that meet do not wait for each other in a circle.
constexpr Statement kInsert{"import_wallets", R"(
    WITH changed AS (
        INSERT INTO wallets (user_id, chain_id, address, is_deployed)
        SELECT d.user_id, d.chain_id, d.address, coalesce(d.is_deployed, false)
        FROM unnest($1::text[], $2::int8[], $3::bytea[], $4::bool[])
             AS d (user_id, chain_id, address, is_deployed)
        ON CONFLICT (chain_id, address) WHERE deleted_at IS NULL DO NOTHING
        RETURNING user_id, chain_id, address),
    due AS ()" CB_RESET_POLLS R"()
    SELECT chain_id, address FROM changed)"};

constexpr Statement kOwners{"owners_of_wallets", R"(
    SELECT d.place, w.user_id
    FROM unnest($1::int8[], $2::bytea[]) WITH ORDINALITY AS d (chain_id, address, place)
    CROSS JOIN LATERAL (
        SELECT o.user_id FROM wallets o
        WHERE o.address = d.address AND o.chain_id = d.chain_id AND o.deleted_at IS NULL
        OFFSET 0) w)"};

/// Not said again of the rows that were found: that they are not deleted. It would offer an index
/// of all such rows. One that is removed meanwhile gets a mark that nobody reads.
constexpr Statement kDeployed{"import_deployed", R"(
    WITH found AS MATERIALIZED (
        SELECT o.wallet_id, d.user_id, d.is_deployed
        FROM unnest($1::text[], $2::int8[], $3::bytea[], $4::bool[])
             AS d (user_id, chain_id, address, is_deployed)
        CROSS JOIN LATERAL (
            SELECT wallet_id FROM wallets
            WHERE address = d.address AND chain_id = d.chain_id AND deleted_at IS NULL
            OFFSET 0) o)
    UPDATE wallets w SET is_deployed = f.is_deployed
    FROM found f
    WHERE w.wallet_id = f.wallet_id AND w.user_id = f.user_id
          AND w.is_deployed <> f.is_deployed)"};

/// The items that name one address on one chain.
struct Place {
    std::vector<std::size_t> items;  ///< ascending; the first one's user registers it
    std::optional<UserId> owner;     ///< not known yet: none
    bool is_new = false;
};

class Import {
  public:
    Import(Connection& session, std::span<const NewWallet> items, Deadline by)
        : session_(session), items_(items), by_(by) {
        std::vector<std::size_t> order(items.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return key_of(items[a]) < key_of(items[b]);
        });
        for (const std::size_t item : order) {
            if (places_.empty() || key_of(first(places_.back())) != key_of(items[item]))
                places_.emplace_back();
            places_.back().items.push_back(item);
        }
    }

    Result<std::vector<Result<Registered>>> run() {
        std::vector<Place*> open = without_owner();
        while (!open.empty()) {  // more than once when a wallet is deleted meanwhile
            CB_CHECKED(insert(open));
            CB_CHECKED(ask_owners(without_owner()));
            open = without_owner();
        }
        CB_CHECKED(set_deployed());
        return answers();
    }

  private:
    using Key = std::pair<ChainId, Address>;

    static Key key_of(const NewWallet& item) { return {item.chain, item.address}; }
    const NewWallet& first(const Place& place) const { return items_[place.items.front()]; }

    std::vector<Place*> without_owner() {
        std::vector<Place*> open;
        for (Place& place : places_)
            if (!place.owner) open.push_back(&place);
        return open;
    }

    /// What the user's last item says of it.
    std::optional<bool> given(const Place& place, const UserId& user) const {
        std::optional<bool> is_deployed;
        for (const std::size_t item : place.items)
            if (items_[item].user == user && items_[item].is_deployed)
                is_deployed = items_[item].is_deployed;
        return is_deployed;
    }

    Result<void> insert(const std::vector<Place*>& open) {
        Params rows;
        rows.add_array(open,
                       [&](const Place* p) { return std::string_view(first(*p).user.value); });
        rows.add_array(open, [&](const Place* p) { return column(first(*p).chain); });
        rows.add_array(open, [&](const Place* p) { return first(*p).address; });
        rows.add_array(open, [&](const Place* p) { return given(*p, first(*p).user); });
        CB_TRY(made, session_.run(kInsert, rows, by_));
        for (std::size_t i = 0; i < made.count(); ++i) {
            const Key key{made.id<ChainId>(i, 0), made.address(i, 1)};
            const auto place = std::lower_bound(
                open.begin(), open.end(), key,
                [&](const Place* p, const Key& wanted) { return key_of(first(*p)) < wanted; });
            (*place)->owner = first(**place).user;
            (*place)->is_new = true;
        }
        return {};
    }

    Result<void> ask_owners(const std::vector<Place*>& open) {
        if (open.empty()) return {};
        Params keys;
        keys.add_array(open, [&](const Place* p) { return column(first(*p).chain); });
        keys.add_array(open, [&](const Place* p) { return first(*p).address; });
        CB_TRY(found, session_.run(kOwners, keys, by_));
        for (std::size_t i = 0; i < found.count(); ++i) {
            Place& place = *open.at(static_cast<std::size_t>(found.int64(i, 0)) - 1);
            place.owner = UserId{std::string(found.text(i, 1))};
        }
        return {};
    }

    Result<void> set_deployed() {
        std::vector<std::pair<const Place*, bool>> said;
        for (const Place& place : places_)
            if (const auto is_deployed = given(place, *place.owner); is_deployed && !place.is_new)
                said.push_back({&place, *is_deployed});
        if (said.empty()) return {};
        Params rows;
        rows.add_array(said,
                       [](const auto& one) { return std::string_view(one.first->owner->value); });
        rows.add_array(said, [&](const auto& one) { return column(first(*one.first).chain); });
        rows.add_array(said, [&](const auto& one) { return first(*one.first).address; });
        rows.add_array(said, [](const auto& one) { return one.second; });
        CB_CHECKED(session_.run(kDeployed, rows, by_));
        return {};
    }

    std::vector<Result<Registered>> answers() const {
        std::vector<Result<Registered>> all(items_.size(), Result<Registered>(Registered::before));
        for (const Place& place : places_) {
            for (const std::size_t item : place.items)
                if (items_[item].user != *place.owner) all[item] = foreign_wallet(items_[item]);
            if (place.is_new) all[place.items.front()] = Registered::now;
        }
        return all;
    }

    Connection& session_;
    std::span<const NewWallet> items_;
    Deadline by_;
    std::vector<Place> places_;  // by chain and address
};

}  // namespace

Error foreign_wallet(const NewWallet& item) {
    return Error(Errc::conflict, to_string(item.address) + " is another user's on chain " +
                                     std::to_string(item.chain.value));
}

Result<std::vector<Result<Registered>>> import_wallets(Connection& session,
                                                       std::span<const NewWallet> items,
                                                       Deadline by) {
    return Import(session, items, by).run();
}

}  // namespace custodialbridge::store
