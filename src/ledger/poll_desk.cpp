#include "custodialbridge/ledger/poll_desk.hpp"

#include <algorithm>

namespace custodialbridge::ledger {

void PollDesk::leave(ObservedPoll observed) {
    const std::pair key{observed.balance.user.value, observed.balance.token};
    const auto held = waiting_.find(key);
    if (held == waiting_.end()) {
        if (waiting_.size() < kRoom) waiting_.emplace(key, std::move(observed));
    } else if (held->second.at.number <= observed.at.number) {
        held->second = std::move(observed);
    }
}

std::vector<ObservedPoll> PollDesk::take(BlockNumber up_to, std::size_t most) {
    std::vector<ObservedPoll> taken;
    for (auto one = waiting_.begin(); one != waiting_.end() && taken.size() < most;) {
        if (one->second.at.number > up_to) {
            ++one;
            continue;
        }
        taken.push_back(std::move(one->second));
        one = waiting_.erase(one);
    }
    std::stable_sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) {
        return a.at.number < b.at.number;
    });
    return taken;
}

}  // namespace custodialbridge::ledger
