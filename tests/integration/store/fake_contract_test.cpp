// The fake store keeps the real one's promises.
#include "store_contract.hpp"
#include "support/fake_store.hpp"

namespace custodialbridge::store {
namespace {

class FakeStoreUnderTest final : public StoreUnderTest {
  public:
    Postgres& ports() override { return store_; }
    runtime::Clock& clock() override { return clock_; }
    std::unique_ptr<ChainLead> other_lead() override {
        return std::make_unique<testing::FakeLead>(store_);
    }

  private:
    runtime::SystemClock clock_;
    testing::FakeStore store_{clock_};
};

const auto kFake = ::testing::Values(StoreFactory{"Fake", []() -> std::unique_ptr<StoreUnderTest> {
                                                      return std::make_unique<FakeStoreUnderTest>();
                                                  }});

}  // namespace

INSTANTIATE_TEST_SUITE_P(Fake, Adjusting, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, AnyHistory, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, Committing, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, Following, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, Leading, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, Opening, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, OpeningTokens, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, Registering, kFake);
INSTANTIATE_TEST_SUITE_P(Fake, Unwinding, kFake);

}  // namespace custodialbridge::store
