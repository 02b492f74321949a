#include "corrector.hpp"

#include <utility>

namespace custodialbridge::sync {

Task<Result<void>> Corrector::step() {
    if (chain_.parts.corrections == nullptr) co_return Result<void>{};
    if (std::exchange(chain_.parts.corrections->look_again, false)) chain_.look_again({}, true);
    for (CorrectionPlan& plan : std::exchange(chain_.parts.corrections->waiting, {})) {
        chain_.parts.corrections->under_way = true;
        auto applied = co_await apply(std::move(plan));
        chain_.parts.corrections->under_way = false;
        ++chain_.parts.corrections->turns;
        if (!applied) co_return applied.error();
    }
    co_return Result<void>{};
}

Task<Result<void>> Corrector::apply(CorrectionPlan plan) {
    plan.at = chain_.cursor;
    const CorrectionPlan done = plan;
    chain_.commit_in_doubt = true;
    CB_CO_TRY(committed,
              co_await chain_.parts.writer.correct(std::move(plan), chain_.deadline()));
    chain_.commit_in_doubt = false;
    chain_.look_again(committed.shortfalls, true);
    compare_again(done);
    co_return Result<void>{};
}

/// What was corrected may have been settled before: then it differs now.
void Corrector::compare_again(const CorrectionPlan& done) {
    if (chain_.parts.changed == nullptr) return;
    const BlockNumber here = chain_.cursor.block.number;
    for (const BalanceDelta& delta : done.deltas)
        chain_.parts.changed->add({{{delta.wallet, delta.token}, std::nullopt}, {here, here}});
    for (const HoldingDelta& delta : done.holdings)
        chain_.parts.changed->add({{{delta.wallet, delta.token}, delta.nft_id}, {here, here}});
}

void Corrector::forget() {
    if (chain_.parts.corrections == nullptr) return;
    chain_.parts.corrections->waiting.clear();
    ++chain_.parts.corrections->turns;
}

}  // namespace custodialbridge::sync
