#include "finality_watch.hpp"

#include <algorithm>

namespace custodialbridge::sync {

namespace {

BlockNumber deep(BlockNumber head, std::uint32_t depth) {
    return {head.value > depth ? head.value - depth : 0};
}

}  // namespace

Task<Result<BlockNumber>> FinalityWatch::finalized_block(BlockNumber head) {
    by_depth_ = true;
    if (chain_.parts.settings.finality == Finality::tags) {
        auto tagged = co_await chain_.parts.rpc.header(rpc::BlockTag::finalized, chain_.deadline());
        by_depth_ = !tagged && tagged.error().code() == Errc::unsupported;
        if (tagged) co_return tagged->ref.number;
        if (!by_depth_) co_return tagged.error();
    }
    co_return deep(head, chain_.parts.settings.reorg_depth);
}

Task<Result<BlockNumber>> FinalityWatch::safe_now(BlockNumber head) {
    if (chain_.parts.settings.finality == Finality::tags) {
        auto tagged = co_await chain_.parts.rpc.header(rpc::BlockTag::safe, chain_.deadline());
        if (tagged) co_return tagged->ref.number;
        if (tagged.error().code() != Errc::unsupported) co_return tagged.error();
    }
    co_return deep(head, chain_.parts.settings.confirmations);
}

/// Asked after the tags were read: what they name is then on our branch. Their numbers alone would
/// as well fit a branch that the chain has left meanwhile.
Task<Result<bool>> FinalityWatch::cursor_is_canonical() {
    const BlockRef cursor = chain_.cursor.block;
    CB_CO_TRY(there, co_await chain_.parts.rpc.headers(cursor.number, 1, chain_.deadline()));
    co_return !there.empty() && there.front().ref == cursor;
}

Task<Result<void>> FinalityWatch::look() {
    const Instant now = chain_.parts.clock.now();
    if (now < next_) co_return Result<void>{};
    next_ = now + chain_.parts.pace.finality_interval;
    const BlockNumber head = chain_.cursor.block.number;
    CB_CO_TRY(finalized, co_await finalized_now(head));
    CB_CO_TRY(safe_there, co_await safe_now(head));
    const BlockNumber safe = std::min(std::max(safe_there, finalized), head);
    if (head < finalized) co_return Result<void>{};  // another endpoint is ahead of us
    CB_CO_TRY(ours, co_await cursor_is_canonical());
    if (!ours) co_return Result<void>{};
    const auto stored = co_await chain_.parts.chains.set_finality(chain_.id(), safe, finalized,
                                                                  chain_.deadline());
    const std::string subject = "chain:" + std::to_string(chain_.id().value);
    if (!stored && stored.error().code() == Errc::conflict) {
        chain_.parts.alerts.raise({"finality-moved-back", subject, stored.error().message()});
        co_return Result<void>{};
    }
    if (!stored) co_return stored.error();
    chain_.parts.alerts.resolve("finality-moved-back", subject);
    chain_.finalized = finalized;
    chain_.parts.writer.saw_finality(safe, finalized);
    co_return Result<void>{};
}

Task<Result<BlockNumber>> FinalityWatch::finalized_now(BlockNumber head) {
    CB_CO_TRY(finalized, co_await finalized_block(head));
    co_return by_depth_ ? std::max(finalized, chain_.finalized.value_or(finalized)) : finalized;
}

}  // namespace custodialbridge::sync
