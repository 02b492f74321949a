#include "planned_segments.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "custodialbridge/core/check.hpp"
#include "segment_members.hpp"
#include "segment_statements.hpp"

namespace custodialbridge::store {
namespace {

template <class Segments, class Project>
Params ids_of(const Segments& segments, Project id) {
    Params ids;
    ids.add_array(segments, [&](const auto& one) { return column(id(one)); });
    return ids;
}

Params users_of(Params params, std::span<const TakenPoll* const> polls) {
    params.add_array(polls, [](const TakenPoll* one) {
        return std::string_view(one->balance->user.value);
    });
    return params;
}

Hash32 digest_of_read(const PolledSegment& segment) {
    std::vector<const PolledBalance*> all;
    for (const PolledBalance& one : segment.balances) all.push_back(&one);
    return digest_of(all);
}

Hash32 digest_of_taken(std::span<const TakenPoll* const> polls) {
    std::vector<const PolledBalance*> all;
    for (const TakenPoll* one : polls) all.push_back(one->balance);
    return digest_of(all);
}

std::string pack(std::span<const TakenPoll* const> polls) {
    std::vector<DuePoll> members;
    for (const TakenPoll* one : polls) {
        DuePoll& member = members.emplace_back();
        member.user = one->balance->user;
        for (std::size_t i = 0; i < one->addresses.size(); ++i)
            member.wallets.push_back({one->balance->wallets[i].wallet, one->addresses[i]});
    }
    return pack_members(members);
}

}  // namespace

Result<void> PlannedSegments::look() {
    std::set<SegmentId> named;
    for (const PolledSegment& one : plan_.segments) {
        CB_CHECK(named.insert(one.id).second);
        planned_.push_back({&one});
    }
    if (planned_.empty()) return {};
    CB_TRY(rows, work_.ask(kDigests, ids_of(plan_.segments, [](const auto& one) {
                               return one.id;
                           })));
    std::map<SegmentId, std::size_t> places;
    for (std::size_t i = 0; i < rows.count(); ++i) places[rows.id<SegmentId>(i, 0)] = i;
    for (Planned& one : planned_) {
        const auto found = places.find(one.segment->id);
        if (found == places.end() || rows.is_null(found->second, 1)) continue;
        const auto members = static_cast<std::size_t>(rows.int64(found->second, 2));
        one.as_it_was = members == one.segment->balances.size() &&
                        rows.hash(found->second, 1) == digest_of_read(*one.segment);
    }
    return {};
}

std::vector<PlannedSegments::Read> PlannedSegments::read_anew() const {
    std::vector<Read> all;
    for (const Planned& one : planned_)
        if (!one.as_it_was)
            for (const PolledBalance& balance : one.segment->balances)
                all.push_back({&balance, one.segment->id});
    return all;
}

Result<void> PlannedSegments::lock(std::set<SegmentId> named) {
    for (const Planned& one : planned_) named.insert(one.segment->id);
    if (named.empty()) return {};
    CB_TRY(rows, work_.ask(kLockSegments, ids_of(named, [](SegmentId id) { return id; })));
    std::map<SegmentId, std::size_t> places;
    for (std::size_t i = 0; i < rows.count(); ++i) {
        places[rows.id<SegmentId>(i, 0)] = i;
        blocks_[rows.id<SegmentId>(i, 0)] = rows.optional_id<BlockNumber>(i, 1);
    }
    for (Planned& one : planned_) {
        const auto found = places.find(one.segment->id);
        if (found == places.end()) continue;
        const auto block = block_of(one.segment->id);
        one.standing = !block || *block <= plan_.at.number;
        if (!one.as_it_was) continue;
        one.standing = one.standing && !rows.is_null(found->second, 2) &&
                       rows.hash(found->second, 2) == digest_of_read(*one.segment);
    }
    return {};
}

std::optional<BlockNumber> PlannedSegments::block_of(SegmentId segment) const {
    const auto found = blocks_.find(segment);
    return found == blocks_.end() ? std::nullopt : found->second;
}

std::vector<const PolledBalance*> PlannedSegments::unchanged() const {
    std::vector<const PolledBalance*> all;
    for (const Planned& one : planned_)
        if (one.as_it_was && one.standing)
            for (const PolledBalance& balance : one.segment->balances) all.push_back(&balance);
    return all;
}

Result<std::vector<const TakenPoll*>> PlannedSegments::write(std::span<const TakenPoll> taken) {
    std::unordered_map<const PolledBalance*, const TakenPoll*> by_balance;
    for (const TakenPoll& one : taken) by_balance[one.balance] = &one;
    std::vector<SegmentId> unchanged;
    for (const Planned& one : planned_) {
        if (!one.standing) continue;
        if (one.as_it_was) {
            unchanged.push_back(one.segment->id);
            continue;
        }
        std::vector<const TakenPoll*> members;
        for (const PolledBalance& balance : one.segment->balances) {
            const auto found = by_balance.find(&balance);
            if (found != by_balance.end() && found->second->segment == one.segment->id &&
                !found->second->touched_later)
                members.push_back(found->second);
        }
        const bool ends = members.size() < kSegmentLeast;
        if (ends) members.clear();
        CB_CHECKED(leave_but(one.segment->id, members));
        rewrite(one.segment->id, members);
        for (const TakenPoll* member : members) by_balance.erase(member->balance);
    }
    if (!unchanged.empty()) {
        Params read = params(column(plan_.at.number), plan_.at.hash,
                             static_cast<std::int32_t>(plan_.epoch), plan_.read_at);
        read.add_array(unchanged, [](SegmentId id) { return column(id); });
        work_.add(kSegmentsRead, std::move(read));
    }
    std::vector<const TakenPoll*> singles;
    for (const TakenPoll& one : taken)
        if (by_balance.contains(one.balance)) singles.push_back(&one);
    return singles;
}

/// Whoever else is in it leaves it, as they were.
Result<void> PlannedSegments::leave_but(SegmentId id, std::span<const TakenPoll* const> members) {
    std::unordered_set<std::string_view> stay;
    for (const TakenPoll* member : members) stay.insert(member->balance->user.value);
    CB_TRY(rows, work_.ask(kMembersOf, params(column(id))));
    std::vector<std::size_t> leaving;
    for (std::size_t i = 0; i < rows.count(); ++i)
        if (!stay.contains(rows.text(i, 0))) leaving.push_back(i);
    if (leaving.empty()) return {};
    Params names = params(column(plan_.chain));
    names.add_array(leaving, [&](std::size_t row) { return rows.text(row, 0); });
    names.add_array(leaving, [&](std::size_t row) { return rows.int32(row, 1); });
    work_.add(kLeave, std::move(names));
    return {};
}

/// Without members it ends.
void PlannedSegments::rewrite(SegmentId id, std::span<const TakenPoll* const> members) {
    if (members.empty())
        work_.add(kDropSegment, params(column(id)));
    else
        work_.add(kRewriteSegment,
                  params(column(id), column(plan_.at.number), plan_.at.hash,
                         static_cast<std::int32_t>(plan_.epoch), plan_.read_at,
                         static_cast<std::int32_t>(members.size()), digest_of_taken(members),
                         std::string_view(pack(members))));
}

Result<void> PlannedSegments::take_apart() {
    if (plan_.apart.empty()) return {};
    CB_CHECK(plan_.balances.empty() && plan_.missed.empty() && plan_.segments.empty());
    CB_CHECKED(work_.ask(kLockMembers, ids_of(plan_.apart, [](SegmentId id) { return id; })));
    CB_CHECKED(lock({plan_.apart.begin(), plan_.apart.end()}));
    for (const SegmentId id : plan_.apart) {
        work_.add(kLeaveAll, params(column(id)));
        work_.add(kDropSegment, params(column(id)));
    }
    return {};
}

Result<std::vector<const TakenPoll*>> PlannedSegments::enlist(
    std::vector<const TakenPoll*> singles) {
    std::vector<const TakenPoll*> left;
    std::map<TokenId, std::vector<const TakenPoll*>> by_token;
    for (const TakenPoll* one : singles)
        (one->touched_later ? left : by_token[one->balance->token]).push_back(one);
    for (const auto& [token, polls] : by_token) {
        std::span<const TakenPoll* const> rest(polls);
        while (rest.size() >= kSegmentLeast) {
            const std::size_t next = std::min(kSegmentMost, rest.size());
            CB_CHECKED(make(rest.first(next)));
            rest = rest.subspan(next);
        }
        left.insert(left.end(), rest.begin(), rest.end());
    }
    return left;
}

Result<void> PlannedSegments::make(std::span<const TakenPoll* const> members) {
    const TokenId token = members.front()->balance->token;
    CB_TRY(made, work_.ask(kMakeSegment,
                           params(column(plan_.chain), column(plan_.at.number), plan_.at.hash,
                                  static_cast<std::int32_t>(plan_.epoch), plan_.read_at,
                                  column(token), static_cast<std::int32_t>(members.size()),
                                  digest_of_taken(members), std::string_view(pack(members)))));
    Params enlisted = users_of(params(column(plan_.chain), made.int64(0, 0)), members);
    enlisted.add_array(members, [](const TakenPoll* one) { return column(one->balance->token); });
    work_.add(kEnlist, std::move(enlisted));
    return {};
}

}  // namespace custodialbridge::store
