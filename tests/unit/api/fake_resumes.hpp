/// Resuming a chain behind the routes, as a test sets it; what was asked is kept.
#pragma once

#include <mutex>
#include <optional>

#include "custodialbridge/ledger/resume_desk.hpp"

namespace custodialbridge::api::fakes {

class Resumes final : public ledger::ResumeDesk {
  public:
    runtime::Task<Result<void>> resume(ChainId chain, BlockNumber from,
                                       runtime::Deadline taken_up_by,
                                       runtime::Deadline by) override {
        const std::lock_guard lock(mutex_);
        ++asked;
        asked_chain = chain;
        asked_block = from;
        has_time_to_withdraw = taken_up_by.at < by.at;
        if (failing) co_return *failing;
        co_return Result<void>{};
    }

    std::optional<Error> failing;
    int asked = 0;
    ChainId asked_chain;
    BlockNumber asked_block;
    bool has_time_to_withdraw = false;

  private:
    std::mutex mutex_;
};

}  // namespace custodialbridge::api::fakes
