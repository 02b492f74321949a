/// A request's target taken apart: decoded path segments and query parameters.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "problem.hpp"

namespace custodialbridge::api {

struct Target {
    std::vector<std::string> segments;  ///< "/v1/x" is {"v1", "x"}, "/" is {}, "/x/" is {"x", ""}
    std::vector<std::pair<std::string, std::string>> query;  ///< as sent, empty pieces left out
};

/// RFC 3986 percent-decoding after splitting, so that %2F is a letter and no separator. `*` and
/// what is no path are malformed; of an absolute form only the path counts. "+" is a plus.
Checked<Target> parse_target(std::string_view text);

/// The query of one request, parameter by parameter. Texts live as long as the target.
class Query {
  public:
    explicit Query(const Target& target) : target_(&target) {}

    /// Refuses parameters that are not in `known` (blank-separated) and those that come twice.
    Checked<void> only(std::string_view known) const;

    const std::string* find(std::string_view name) const;

  private:
    const Target* target_;
};

}  // namespace custodialbridge::api
