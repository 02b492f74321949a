#include "edit_distance.hpp"

#include <algorithm>
#include <array>

namespace custodialbridge::config {
namespace {

constexpr std::size_t kLettersMax = 64;

using Row = std::array<std::size_t, kLettersMax + 1>;

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    a = a.substr(0, kLettersMax);
    b = b.substr(0, kLettersMax);
    Row before_last{}, last{}, row{};
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last = last;
        last = row;
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    const auto found = std::min_element(known.begin(), known.end(),
                                        [word](std::string_view a, std::string_view b) {
                                            return edit_distance(word, a) < edit_distance(word, b);
                                        });
    return found == known.end() ? std::string_view{} : *found;
}

}  // namespace custodialbridge::config
