/// How often what befell a run, by name; so that a test can tell that nothing is left out.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

namespace custodialbridge::simulation {

using Tally = std::map<std::string_view, std::uint64_t>;

}  // namespace custodialbridge::simulation
