#include "leadership.hpp"

#include <algorithm>

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::sync {

namespace {

constexpr Millis kLookInterval{1'000};
constexpr Millis kLookPatience{5'000};

}  // namespace

Task<Result<bool>> Leadership::look() {
    if (chain_.parts.clock.now() < next_look_) co_return false;
    CB_CO_TRY(term, co_await hold());
    next_look_ = chain_.parts.clock.now() + kLookInterval;
    const bool is_first = !term && !shown_;
    if (term == term_ && !is_first) co_return false;
    chain_.probe.leads(term.has_value());
    term_ = term;
    shown_.reset();
    co_return true;
}

Task<Result<std::optional<std::uint64_t>>> Leadership::hold() {
    auto held = co_await ask();
    if (held || held.error().code() != Errc::not_found) co_return std::move(held);
    CB_CO_CHECKED(co_await begin());
    co_return co_await ask();
}

Task<Result<std::optional<std::uint64_t>>> Leadership::ask() {
    const Deadline by = chain_.deadline().at_most(chain_.parts.clock, kLookPatience);
    auto asking = doubted_ ? chain_.parts.lead.renew(chain_.id(), by)
                           : chain_.parts.lead.hold(chain_.id(), by);
    auto held = co_await std::move(asking);
    if (held) doubted_ = false;
    co_return std::move(held);
}

/// With the blocks below the first cursor, so that a reorg may go back behind it.
Task<Result<void>> Leadership::begin() {
    const Deadline by = chain_.deadline();
    CB_CO_TRY(at, co_await first_cursor(by));
    const std::uint64_t depth = std::min<std::uint64_t>(chain_.parts.settings.reorg_depth,
                                                        limits::kHeadersPerStepMax);
    const BlockNumber first{at.value > depth ? at.value - depth : 0};
    CB_CO_TRY(blocks, co_await chain_.parts.rpc.headers(
                          first, static_cast<std::uint32_t>(at.value - first.value + 1), by));
    if (blocks.empty() || blocks.back().ref.number != at)
        co_return Error(Errc::unavailable, "block " + std::to_string(at.value) +
                                               ", where the ledger is to begin, is above the "
                                               "chain's head");
    CB_CO_CHECKED(co_await chain_.parts.chains.begin(chain_.id(), std::move(blocks), by));
    co_return Result<void>{};
}

Task<Result<BlockNumber>> Leadership::first_cursor(Deadline by) {
    const auto& start = chain_.parts.settings.start_block;
    if (start) co_return BlockNumber{start->value > 0 ? start->value - 1 : 0};
    CB_CO_TRY(head, co_await chain_.parts.rpc.header(rpc::BlockTag::latest, by));
    co_return head.ref.number;
}

Task<Result<store::ChainState>> Leadership::stored_state() {
    CB_CO_TRY(stored, co_await chain_.parts.chains.load(chain_.id(), chain_.deadline()));
    if (!stored) co_return Error(Errc::conflict, "the chain's ledger went away");
    co_return *stored;
}

Task<Result<Progress>> Leadership::stand_by() {
    CB_CO_TRY(state, co_await stored_state());
    show(state);
    CB_CO_TRY(head, co_await chain_.parts.rpc.header(rpc::BlockTag::latest, chain_.deadline()));
    chain_.probe.saw_head(head.ref);
    chain_.parts.writer.saw_head(head.ref, head.ref == state.cursor.block);
    show_distance(state.cursor, head.ref.number);
    co_return Progress::caught_up;
}

void Leadership::show(const store::ChainState& state) {
    chain_.cursor = state.cursor;
    if (shown_ != state.cursor)
        chain_.parts.writer.loaded(state.cursor, state.cursor_time, ledger::Role::standby);
    shown_ = state.cursor;
    if (state.safe && state.finalized)
        chain_.parts.writer.saw_finality(*state.safe, *state.finalized);
}

void Leadership::show_distance(const Cursor& cursor, BlockNumber head) {
    const std::uint64_t at = cursor.block.number.value;
    const std::uint64_t behind = head.value > at ? head.value - at : 0;
    const bool is_far = behind > chain_.parts.settings.reorg_depth;
    chain_.state = is_far ? ListenerState::catching_up : ListenerState::following;
    if (is_far)
        chain_.probe.catching_up(cursor, behind);
    else
        chain_.probe.following(cursor);
}

}  // namespace custodialbridge::sync
