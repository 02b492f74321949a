/// Applies what the auditor found to be wrong: the listener alone writes.
#pragma once

#include "followed_chain.hpp"

namespace custodialbridge::sync {

class Corrector {
  public:
    explicit Corrector(FollowedChain& chain) : chain_(chain) {}

    /// Between two blocks. What is given up is not forgotten: the auditor looks again.
    Task<Result<void>> step();

    /// Around a load: what was found before is found again, against what is loaded.
    void forget();

  private:
    Task<Result<void>> apply(CorrectionPlan plan);
    void compare_again(const CorrectionPlan& done);

    FollowedChain& chain_;
};

}  // namespace custodialbridge::sync
