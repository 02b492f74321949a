/// The segments of a poll plan, within one unit of work.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "custodialbridge/core/poll_plan.hpp"
#include "ledger_work.hpp"

namespace custodialbridge::store {

/// So many of a token that were read at one block become a segment, and a segment of fewer ends.
inline constexpr std::size_t kSegmentLeast = 100;
inline constexpr std::size_t kSegmentMost = 1'000;

/// A balance that is to be stored.
struct TakenPoll {
    const PolledBalance* balance;
    std::optional<SegmentId> segment;  ///< whose member it is
    bool touched_later = false;        ///< something above the plan's block names the user
    std::vector<Address> addresses{};  ///< of the wallets
};

class PlannedSegments {
  public:
    PlannedSegments(LedgerWork& work, const PollPlan& plan) : work_(work), plan_(plan) {}

    /// Before anything is locked: which are as they were?
    Result<void> look();

    /// Of those that are not: what was read of whoever was in them is stored one by one.
    struct Read {
        const PolledBalance* balance;
        SegmentId segment;
    };
    std::vector<Read> read_anew() const;

    /// After the rows of those were locked; with the others, `named`, that locked rows are members
    /// of. One that is not any more what `look` saw, or is of a later block, is passed over.
    Result<void> lock(std::set<SegmentId> named);

    /// As of which block members of a segment that was locked are stored; none: unknown.
    std::optional<BlockNumber> block_of(SegmentId segment) const;

    /// Of those that are as they were.
    std::vector<const PolledBalance*> unchanged() const;

    /// Adds what becomes of all of them. Returns those of `taken` that are in none: they are to be
    /// stored by themselves.
    Result<std::vector<const TakenPoll*>> write(std::span<const TakenPoll> taken);

    /// Takes apart what the plan says.
    Result<void> take_apart();

    /// Makes segments of those that are enough; returns the others.
    Result<std::vector<const TakenPoll*>> enlist(std::vector<const TakenPoll*> singles);

  private:
    struct Planned {
        const PolledSegment* segment;
        bool as_it_was = false;
        bool standing = false;  ///< locked, and not of a later block
    };

    Result<void> leave_but(SegmentId id, std::span<const TakenPoll* const> members);
    void rewrite(SegmentId id, std::span<const TakenPoll* const> members);
    Result<void> make(std::span<const TakenPoll* const> members);

    LedgerWork& work_;
    const PollPlan& plan_;
    std::vector<Planned> planned_;
    std::map<SegmentId, std::optional<BlockNumber>> blocks_;  // of those that are locked
};

}  // namespace custodialbridge::store
