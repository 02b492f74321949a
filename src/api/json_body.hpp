/// Request bodies that are JSON, checked as far as every route wants it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "problem.hpp"
#include "request.hpp"

namespace custodialbridge::api {

Problem bad_body(std::string why);

/// Unless the request says that its body is something else than JSON.
Checked<void> accept_json(const Request& request);

/// An object of plain fields, each given once; without a body one without fields. What is nested is
/// not built. Fails with the body's fault.
Checked<nlohmann::json> flat_object(const Request& request);

}  // namespace custodialbridge::api
