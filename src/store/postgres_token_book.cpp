#include "postgres_token_book.hpp"

#include "token_rows.hpp"

namespace custodialbridge::store {

Task<Result<void>> PostgresTokenBook::put(std::vector<Token> tokens, Deadline by) {
    return database_.run(by, [tokens = std::move(tokens), by](Connection& session) {
        return store_tokens_of_api(session, tokens, by);
    });
}

Task<Result<std::vector<Token>>> PostgresTokenBook::put_before(Deadline by) {
    return database_.read(
        by, [by](Connection& session) { return load_tokens_of_api(session, by); });
}

}  // namespace custodialbridge::store
