#include "postgres_token_book.hpp"

#include "token_rows.hpp"

namespace custodialbridge::store {

Task<Result<void>> PostgresTokenBook::put(Token token, Deadline by) {
    return database_.run(by, [token = std::move(token), by](Connection& session) {
        return store_token_of_api(session, token, by);
    });
}

Task<Result<std::vector<Token>>> PostgresTokenBook::put_before(Deadline by) {
    return database_.read(
        by, [by](Connection& session) { return load_tokens_of_api(session, by); });
}

}  // namespace custodialbridge::store
