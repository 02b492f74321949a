#include "support/fake_store.hpp"

namespace custodialbridge::testing {

Task<Result<std::optional<std::uint64_t>>> FakeLead::hold(ChainId chain, Deadline by) {
    return ask("hold", chain, false, by);
}

Task<Result<std::optional<std::uint64_t>>> FakeLead::renew(ChainId chain, Deadline by) {
    return ask("renew", chain, true, by);
}

Task<Result<void>> FakeStore::ping(Deadline by) {
    co_return co_await script.pass(Point::arriving, "ping", by);
}

Task<Result<std::optional<store::ChainState>>> FakeStore::load(ChainId chain, Deadline by) {
    return read<std::optional<store::ChainState>>("load", by, [this, chain] {
        const auto found = tables.chains.find(chain);
        if (found == tables.chains.end()) return std::optional<store::ChainState>();
        store::ChainState state = found->second.state;
        for (const BlockRow& row : found->second.blocks)
            state.has_proven |=
                !row.orphaned && row.block.completeness == Completeness::proven &&
                row.block.header.ref.number.value + 1'024 > state.cursor.block.number.value;
        return std::optional(state);
    });
}

Task<Result<store::ChainState>> FakeStore::begin(ChainId chain, std::vector<BlockHeader> blocks,
                                                 Deadline by) {
    auto work = [chain, blocks](LedgerTables& all) -> Result<store::ChainState> {
        if (!all.chains.contains(chain)) {
            ChainRow& row = all.chains[chain];
            row.state.cursor = {blocks.back().ref, 0};
            row.state.cursor_time = blocks.back().timestamp;
            for (const BlockHeader& block : blocks)
                row.blocks.push_back({{block, Completeness::claimed}, 0, false});
        }
        return all.chains.at(chain).state;
    };
    return change<store::ChainState>("begin", by, std::move(work));
}

Task<Result<std::vector<BlockRef>>> FakeStore::recent_blocks(ChainId chain, std::uint32_t count,
                                                             Deadline by) {
    return read<std::vector<BlockRef>>("recent_blocks", by, [this, chain, count] {
        return newest_blocks(tables.chains.at(chain), std::nullopt, count);
    });
}

Task<Result<std::vector<BlockRef>>> FakeStore::blocks_below(ChainId chain, BlockNumber newest,
                                                            std::uint32_t count, Deadline by) {
    return read<std::vector<BlockRef>>("blocks_below", by, [this, chain, newest, count] {
        return newest_blocks(tables.chains.at(chain), newest, count);
    });
}

Task<Result<void>> FakeStore::set_finality(ChainId chain, BlockNumber safe, BlockNumber finalized,
                                           Deadline by) {
    auto work = [chain, safe, finalized](LedgerTables& all) -> Result<void> {
        if (safe < finalized) return Error(Errc::invalid, "safe below finalized");
        if (!all.chains.contains(chain)) return Error(Errc::not_found, "no ledger yet");
        store::ChainState& state = all.chains.at(chain).state;
        if (state.finalized && finalized < *state.finalized)
            return Error(Errc::conflict, "finality moved back");
        state.safe = safe;
        state.finalized = finalized;
        return {};
    };
    return change<void>("set_finality", by, work);
}

Task<Result<void>> FakeStore::sync_tokens(std::vector<Token> given, Deadline by) {
    auto work = [given = std::move(given)](LedgerTables& all) { return store_tokens(all, given); };
    return change<void>("sync_tokens", by, std::move(work));
}

Task<Result<std::vector<Token>>> FakeStore::tokens(Deadline by) {
    return read<std::vector<Token>>("tokens", by, [this] {
        std::vector<Token> all;
        for (const auto& [id, token] : tables.tokens) all.push_back(token);
        return all;
    });
}

Task<Result<std::vector<TokenId>>> FakeStore::tokens_to_open(ChainId chain, Deadline by) {
    return read<std::vector<TokenId>>("tokens_to_open", by, [this, chain] {
        std::vector<TokenId> waiting;
        for (const auto& [id, token] : tables.tokens)
            if (token.chain == chain && token.realtime && !tables.is_opened(chain, token.id))
                waiting.push_back(token.id);
        return waiting;
    });
}

Task<Result<void>> FakeStore::index_journal(Deadline by) {
    co_return co_await script.pass(Point::arriving, "index_journal", by);
}

Task<Result<store::StoredBalance>> FakeStore::find(BalanceKey key, Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "find", by));
    if (!tables.chains.contains(key.chain)) co_return Error(Errc::not_found, "no ledger yet");
    const store::StoredBalance answer = tables.sum(key);
    CB_CO_CHECKED(co_await script.pass(Point::answering, "find", by));
    co_return answer;
}

Task<Result<StoredSums>> FakeStore::find_all(std::vector<BalanceKey> keys, Deadline by) {
    return read<StoredSums>("find", by, [this, keys] { return sums_in(tables, keys); });
}

Task<Result<store::NftPage>> FakeStore::nfts(UserId user, std::optional<ChainId> chain,
                                             std::optional<store::NftPlace> after,
                                             std::size_t limit, Deadline by) {
    auto work = [this, user, chain, after, limit] {
        return nfts_of(tables, user, chain, after, limit);
    };
    return read<store::NftPage>("nfts", by, std::move(work));
}

Task<Result<std::vector<store::Unsettled>>> FakeStore::unsettled(ChainId chain, WalletId after,
                                                                 std::size_t limit, Deadline by) {
    return read<std::vector<store::Unsettled>>("unsettled", by, [this, chain, after, limit] {
        return unsettled_of(tables, chain, after, limit);
    });
}

Task<Result<std::vector<store::Unsettled>>> FakeStore::unknown(
    ChainId chain, std::vector<store::UnknownAfter> tokens, std::size_t each, Deadline by) {
    auto work = [this, chain, tokens = std::move(tokens), each] {
        return unknown_of(tables, chain, tokens, each);
    };
    return read<std::vector<store::Unsettled>>("unknown", by, std::move(work));
}

Task<Result<std::vector<store::LedgerAmount>>> FakeStore::at_block(
    ChainId chain, BlockRef at, std::vector<store::AmountName> names, Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "at_block", by));
    auto amounts = amounts_at(tables, chain, at, names);
    if (!amounts) co_return Error(Errc::conflict, "not a canonical block");
    co_return std::move(*amounts);
}

Task<Result<SignedAmount>> FakeStore::journal_sum(WalletId wallet, TokenId token, Deadline by) {
    return read<SignedAmount>("journal_sum", by, [this, wallet, token] {
        boost::multiprecision::cpp_int net;
        for (const auto& [id, chain] : tables.chains)
            for (const JournalRow& row : chain.journal) {
                if (row.orphaned || row.move.token != token) continue;
                if (row.move.credit == wallet) net += row.move.amount;
                if (row.move.debit == wallet) net -= row.move.amount;
            }
        return SignedAmount{U256(abs(net)), net < 0};
    });
}

Task<Result<std::uint64_t>> FakeStore::count(ChainId chain, Deadline by) {
    return read<std::uint64_t>("count", by, [this, chain] { return balances_in(tables, chain); });
}

Task<Result<store::PutWallet>> FakeStore::put(UserId user, ChainId chain, Address address,
                                              std::optional<bool> is_deployed, Deadline by) {
    const store::NewWallet given{user, chain, address, is_deployed};
    auto work = [this, given](LedgerTables& all) { return put_wallet(all, given, clock_.wall()); };
    return change<store::PutWallet>("put", by, std::move(work));
}

Task<Result<std::vector<Result<store::Registered>>>> FakeStore::import_all(
    std::vector<store::NewWallet> wallets, Deadline by) {
    auto work = [this, wallets = std::move(wallets)](LedgerTables& all) {
        return put_wallets(all, wallets, clock_.wall());
    };
    return change<std::vector<Result<store::Registered>>>("import_all", by, std::move(work));
}

Task<Result<std::vector<Result<store::Registered>>>> FakeStore::import_together(
    std::vector<store::NewWallet> wallets, Deadline by) {
    CB_CO_CHECKED(co_await script.pass(Point::arriving, "import_together", by));
    LedgerTables changed = tables;
    auto all = put_wallets(changed, wallets, clock_.wall());
    const bool good =
        std::all_of(all->begin(), all->end(), [](const auto& one) { return one.has_value(); });
    if (good) tables = std::move(changed);
    co_return std::move(all);
}

Task<Result<void>> FakeStore::remove(UserId user, ChainId chain, Address address, Deadline by) {
    auto work = [user, chain, address](LedgerTables& all) -> Result<void> {
        for (auto& [id, row] : all.wallets) {
            if (row.deleted || row.wallet.chain != chain || row.wallet.address != address ||
                row.wallet.user != user)
                continue;
            row.deleted = true;
            all.reset_polls(user, chain);
            return {};
        }
        return Error(Errc::not_found, "no such wallet");
    };
    return change<void>("remove", by, std::move(work));
}

Task<Result<store::WalletPage>> FakeStore::of_user(UserId user, std::optional<ChainId> chain,
                                                   std::optional<WalletId> after, std::size_t limit,
                                                   Deadline by) {
    auto work = [this, user, chain, after, limit] {
        return page(limit, [&](const Wallet& wallet) {
            return wallet.user == user && (!chain || wallet.chain == *chain) &&
                   (!after || wallet.id > *after);
        });
    };
    return read<store::WalletPage>("of_user", by, std::move(work));
}

Task<Result<std::vector<store::UserAddress>>> FakeStore::addresses_of(ChainId chain,
                                                                      std::vector<UserId> users,
                                                                      std::size_t each,
                                                                      Deadline by) {
    return read<std::vector<store::UserAddress>>("addresses_of", by, [this, chain, users, each] {
        return addresses_in(tables, chain, users, each);
    });
}

Task<Result<std::vector<ChainId>>> FakeStore::chains_of(UserId user, Deadline by) {
    return read<std::vector<ChainId>>("chains_of", by,
                                      [this, user] { return chains_in(tables, user); });
}

Task<Result<std::vector<Wallet>>> FakeStore::snapshotting(ChainId chain, std::size_t limit,
                                                          Deadline by) {
    return read<std::vector<Wallet>>("snapshotting", by, [this, chain, limit] {
        return page(limit,
                    [&](const Wallet& wallet) {
                        return wallet.chain == chain && !wallet.tracked_from;
                    })
            .wallets;
    });
}

Task<Result<std::vector<store::TrackedWallet>>> FakeStore::tracked(ChainId chain, WalletId after,
                                                                   std::size_t limit, Deadline by) {
    return read<std::vector<store::TrackedWallet>>("tracked", by, [this, chain, after, limit] {
        std::vector<store::TrackedWallet> found;
        for (const Wallet& wallet : page(limit, [&](const Wallet& one) {
                                        return one.chain == chain && one.tracked_from &&
                                               one.id > after;
                                    }).wallets)
            found.push_back({wallet.id, wallet.address});
        return found;
    });
}

Task<Result<Committed>> FakeStore::commit(LedgerPlan plan, store::Totals totals, Deadline by) {
    auto work = [plan = std::move(plan), totals](LedgerTables& all) {
        return commit_plan(all, plan, totals);
    };
    return change<Committed>("commit", by, std::move(work));
}

Task<Result<Committed>> FakeStore::open(OpeningPlan plan, Deadline by) {
    auto work = [plan = std::move(plan)](LedgerTables& all) { return open_wallets(all, plan); };
    return change<Committed>("open", by, std::move(work));
}

Task<Result<Committed>> FakeStore::open_token(OpeningPlan plan, TokenId token, bool last,
                                              Deadline by) {
    auto work = [plan = std::move(plan), token, last](LedgerTables& all) {
        return testing::open_token(all, plan, token, last);
    };
    return change<Committed>("open_token", by, std::move(work));
}

Task<Result<Committed>> FakeStore::adjust(AdjustmentPlan plan, Deadline by) {
    auto work = [plan = std::move(plan)](LedgerTables& all) { return adjust_balances(all, plan); };
    return change<Committed>("adjust", by, std::move(work));
}

Task<Result<Committed>> FakeStore::correct(CorrectionPlan plan, Deadline by) {
    auto work = [plan = std::move(plan)](LedgerTables& all) { return correct_journal(all, plan); };
    return change<Committed>("correct", by, std::move(work));
}

Task<Result<std::vector<store::PolledTotal>>> FakeStore::poll(PollPlan plan, Deadline by) {
    auto work = [plan = std::move(plan)](LedgerTables& all) { return store_polls(all, plan); };
    return change<std::vector<store::PolledTotal>>("poll", by, std::move(work));
}

Task<Result<Committed>> FakeStore::unwind(UnwindPlan plan, Deadline by) {
    auto work = [plan](LedgerTables& all) { return unwind_chain(all, plan); };
    return change<Committed>("unwind", by, std::move(work));
}

}  // namespace custodialbridge::testing
