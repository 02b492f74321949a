#include "postgres_store.hpp"

namespace custodialbridge::store {

const StoreFactory kPostgres{"Postgres", []() -> std::unique_ptr<StoreUnderTest> {
                                 return std::make_unique<PostgresStore>();
                             }};

CB_STORE_CONTRACT(Postgres, kPostgres);

}  // namespace custodialbridge::store
