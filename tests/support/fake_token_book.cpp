#include "support/fake_token_book.hpp"

#include "support/registration.hpp"

namespace custodialbridge::testing {

runtime::Task<Result<void>> FakeTokenBook::put(std::vector<Token> tokens,
                                              runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "put_token", by));
    LedgerTables changed = tables_;
    std::set<std::pair<ChainId, TokenId>> given;
    for (const Token& token : tokens) {
        if (!given.insert({token.chain, token.id}).second)
            co_return Error(Errc::conflict, "a token is given twice");
        CB_CO_CHECKED(store_token_of_api(changed, token));
    }
    tables_ = std::move(changed);
    co_return co_await script_.pass(Point::answering, "put_token", by);
}

runtime::Task<Result<std::vector<Token>>> FakeTokenBook::put_before(runtime::Deadline by) {
    CB_CO_CHECKED(co_await script_.pass(Point::arriving, "put_before", by));
    std::vector<Token> all;
    for (const auto& id : tables_.tokens_of_api) all.push_back(tables_.tokens.at(id));
    co_return all;
}

}  // namespace custodialbridge::testing
