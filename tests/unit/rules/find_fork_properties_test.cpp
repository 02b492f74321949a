/// Two chains that part somewhere, or do not, compared number by number. RapidCheck prints its
/// seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>

#include "custodialbridge/core/keccak.hpp"
#include "custodialbridge/rules/find_fork.hpp"

namespace custodialbridge::rules {
namespace {

constexpr std::uint64_t kLength = 20;

/// A block of our branch below the fork, of theirs from there on.
BlockRef block(std::uint64_t number, std::uint64_t fork) {
    return {{number}, keccak256((number < fork ? "a" : "b") + std::to_string(number))};
}

struct Branches {
    std::vector<BlockRef> ours;       ///< newest first, some numbers missing
    std::vector<BlockHeader> theirs;  ///< ascending, without a gap
};

std::vector<BlockHeader> headers(std::uint64_t first, std::uint64_t count, std::uint64_t fork) {
    std::vector<BlockHeader> made;
    for (std::uint64_t number = first; number < first + count; ++number) {
        BlockHeader header;
        header.ref = block(number, fork);
        if (number > 0) header.parent = block(number - 1, fork).hash;
        made.push_back(header);
    }
    return made;
}

Branches any_branches() {
    Branches both;
    for (std::uint64_t number = kLength; number-- > 0;)
        if (*rc::gen::inRange(0, 3) > 0) both.ours.push_back(block(number, kLength));
    const auto number = rc::gen::inRange<std::uint64_t>(0, kLength + 1);
    both.theirs = headers(*number, *number, *number);
    return both;
}

RC_GTEST_PROP(ForkProperties, TheNewestCommonBlockIsTheHighestThatBothHave, ()) {
    const Branches both = any_branches();
    std::optional<BlockRef> naive;
    for (const BlockRef& ours : both.ours)
        for (const BlockHeader& theirs : both.theirs)
            if (theirs.ref == ours && (!naive || naive->number < ours.number)) naive = ours;
    RC_ASSERT(newest_common(both.ours, both.theirs) == naive);
}

RC_GTEST_PROP(ForkProperties, ABranchContradictsOursWhereANumberHasTwoHashes, ()) {
    const Branches both = any_branches();
    bool naive = false;
    for (const BlockRef& ours : both.ours)
        for (const BlockHeader& theirs : both.theirs)
            naive |= theirs.ref.number == ours.number && theirs.ref.hash != ours.hash;
    RC_ASSERT(contradicts(both.ours, both.theirs) == naive);
}

/// Above the newest common block, whatever both have differs: a fork is one point.
RC_GTEST_PROP(ForkProperties, BelowTheForkAllIsCommonAndAboveItNothing, ()) {
    const Branches both = any_branches();
    const auto common = newest_common(both.ours, both.theirs);
    if (!common) return;
    for (const BlockRef& ours : both.ours)
        for (const BlockHeader& theirs : both.theirs)
            if (theirs.ref.number == ours.number)
                RC_ASSERT((theirs.ref == ours) == (ours.number <= common->number));
}

RC_GTEST_PROP(ForkProperties, OnlyAnUnbrokenWalkFromTheCursorFollows, ()) {
    const auto cursor = *rc::gen::inRange<std::uint64_t>(0, kLength);
    auto walk = headers(cursor + 1, *rc::gen::inRange<std::uint64_t>(0, 6), kLength * 2);
    RC_ASSERT(follows(block(cursor, kLength * 2), walk));
    if (walk.empty()) return;
    const auto at = *rc::gen::inRange<std::size_t>(0, walk.size());
    const auto place = walk.begin() + static_cast<std::ptrdiff_t>(at);
    switch (*rc::gen::inRange(0, 4)) {
        case 0: place->parent = keccak256("another"); break;
        case 1: place->ref.number.value += *rc::gen::element<std::uint64_t>(1, 2); break;
        case 2: walk.insert(place, BlockHeader(*place)); break;
        default:
            if (at + 1 == walk.size()) walk.push_back(walk.front());
            else walk.erase(place);
            break;
    }
    RC_ASSERT(!follows(block(cursor, kLength * 2), walk));
}

}  // namespace
}  // namespace custodialbridge::rules
