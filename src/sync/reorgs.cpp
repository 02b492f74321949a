#include "reorgs.hpp"

#include <algorithm>

#include "custodialbridge/rules/find_fork.hpp"

namespace custodialbridge::sync {

namespace {

constexpr std::uint32_t kHeadersPerLook = 32;

}  // namespace

Task<Result<bool>> Reorgs::check_head(BlockRef head) {
    const std::uint64_t cursor = chain_.cursor.block.number.value;
    const std::uint64_t back = cursor - head.number.value;
    CB_CO_TRY(ours, co_await chain_.parts.chains.blocks_below(chain_.id(), head.number, 1,
                                                              chain_.deadline()));
    const bool replaced = !ours.empty() && ours.front().number == head.number &&
                          ours.front().hash != head.hash;
    if (!replaced) co_return false;  // a node that is behind
    const std::uint32_t depth = chain_.parts.settings.reorg_depth;
    if (back > depth)
        co_return too_deep("the chain was reorganised deeper than reorg_depth (" +
                           std::to_string(depth) + " blocks), to a branch whose head is block " +
                           std::to_string(head.number.value));
    CB_CO_CHECKED(co_await unwind());
    co_return true;
}

Task<Result<BlockRef>> Reorgs::newest_common(Deadline by) {
    const std::uint32_t depth = chain_.parts.settings.reorg_depth;
    CB_CO_TRY(ours, co_await chain_.parts.chains.recent_blocks(chain_.id(), depth + 1, by));
    const std::uint64_t cursor = chain_.cursor.block.number.value;
    const std::uint64_t lowest = cursor > depth ? cursor - depth : 0;
    bool replaced = false;
    for (std::uint64_t end = cursor + 1; end > lowest;) {
        const std::uint64_t first =
            std::max(lowest, end > kHeadersPerLook ? end - kHeadersPerLook : 0);
        CB_CO_TRY(theirs, co_await chain_.parts.rpc.headers(
                              {first}, static_cast<std::uint32_t>(end - first), by));
        const bool differs = rules::contradicts(ours, theirs);
        const bool whole = theirs.size() == end - first;
        if (const auto common = rules::newest_common(ours, theirs)) {
            if (differs || (replaced && whole) || *common == chain_.cursor.block) co_return *common;
            co_return Error(Errc::unavailable, "the endpoint's blocks end before the fork");
        }
        replaced = replaced || differs;
        end = first;
    }
    if (!replaced)
        co_return Error(Errc::unavailable,
                        "the endpoint has none of the ledger's newest blocks, up to block " +
                            std::to_string(cursor) + ": it is behind");
    co_return too_deep("the chain was reorganised deeper than reorg_depth (" +
                       std::to_string(depth) + " blocks below block " + std::to_string(cursor) +
                       ")");
}

Error Reorgs::too_deep(std::string why) {
    chain_.operator_needed = true;
    return Error(Errc::refused, std::move(why));
}

Task<Result<void>> Reorgs::unwind() {
    const Deadline by = chain_.deadline();
    CB_CO_TRY(ancestor, co_await newest_common(by));
    if (ancestor == chain_.cursor.block)
        co_return Error(Errc::unavailable, "the endpoint's answers contradict each other");
    if (chain_.finalized && ancestor.number < *chain_.finalized)
        co_return too_deep("the chain was reorganised below its finalized block " +
                           std::to_string(chain_.finalized->value));
    const Cursor before = chain_.cursor;
    UnwindPlan plan{chain_.id(), before, ancestor};
    chain_.commit_in_doubt = true;
    CB_CO_TRY(committed, co_await chain_.parts.writer.unwind(std::move(plan), by));
    chain_.commit_in_doubt = false;
    chain_.cursor = committed.cursor;
    chain_.probe.reorged(before, chain_.cursor);
    chain_.look_again(committed.shortfalls, false);
    // What was settled or learnt above the ancestor is not any more.
    chain_.has_unsettled = chain_.has_unknown = true;
    openings_.unwound_to(ancestor.number);
    if (chain_.parts.changed != nullptr) chain_.parts.changed->unwound_to(ancestor.number);
    auto to_open = co_await chain_.parts.chains.tokens_to_open(chain_.id(), by);
    if (!to_open)  // the watchlist may be wrong now: it must be loaded anew
        co_return Error(Errc::conflict, "unwound, and then: " + to_open.error().message());
    for (const TokenId token : *to_open) chain_.watchlist.remove_token(token);
    openings_.set_tokens_to_open(std::move(*to_open));
    co_return Result<void>{};
}

}  // namespace custodialbridge::sync
