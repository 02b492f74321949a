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

const StoreFactory kFake{"Fake", []() -> std::unique_ptr<StoreUnderTest> {
                             return std::make_unique<FakeStoreUnderTest>();
                         }};

}  // namespace

CB_STORE_CONTRACT(Fake, kFake);

}  // namespace custodialbridge::store
