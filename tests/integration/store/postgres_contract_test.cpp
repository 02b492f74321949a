#include "postgres_store.hpp"

namespace custodialbridge::store {

const auto kPostgres =
    ::testing::Values(StoreFactory{"Postgres", []() -> std::unique_ptr<StoreUnderTest> {
                                       return std::make_unique<PostgresStore>();
                                   }});

INSTANTIATE_TEST_SUITE_P(Postgres, Adjusting, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, AnyHistory, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Committing, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Following, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Leading, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Opening, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, OpeningTokens, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Registering, kPostgres);
INSTANTIATE_TEST_SUITE_P(Postgres, Unwinding, kPostgres);

}  // namespace custodialbridge::store
