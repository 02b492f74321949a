/// TokenBook over PostgreSQL.
#pragma once

#include "custodialbridge/store/token_book.hpp"
#include "database.hpp"

namespace custodialbridge::store {

class PostgresTokenBook final : public TokenBook {
  public:
    explicit PostgresTokenBook(Database& database) : database_(database) {}

    Task<Result<void>> put(std::vector<Token> tokens, Deadline by) override;
    Task<Result<std::vector<Token>>> put_before(Deadline by) override;

  private:
    Database& database_;
};

}  // namespace custodialbridge::store
