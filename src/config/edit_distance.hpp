// Which of the known words a mistyped one was probably meant to be.
#pragma once

#include <span>
#include <string_view>

namespace custodialbridge::config {

/// The least number of letters to insert, delete, replace or swap with the next one (optimal string
/// alignment). Only the first 64 letters of each count.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The first of those nearest to `word`; empty when there are none.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace custodialbridge::config
