#include "custodialbridge/rules/poll_pace.hpp"

#include <algorithm>

namespace custodialbridge::rules {

namespace {

constexpr double kNotEarly = 0.8;  // of the interval; see `early`
constexpr Millis kFirstPause{1'000};
constexpr unsigned kDoublingsMax = 20;

}  // namespace

double PollPace::share(std::uint64_t users, Millis elapsed) const {
    const double part = static_cast<double>(elapsed.count()) /
                        (kNotEarly * static_cast<double>(interval.count()));
    return static_cast<double>(users) * std::min(part, 1.0);
}

Time PollPace::missed(Time now, unsigned failures) const {
    const Millis pause = kFirstPause * (1LL << std::min(failures, kDoublingsMax));
    return early(now) + std::min(pause, interval / 2);
}

std::size_t early_polls(double gathered, std::size_t overdue) {
    const auto share = static_cast<std::size_t>(std::max(gathered, 0.0));
    return share - std::min(share, overdue);
}

}  // namespace custodialbridge::rules
