/// The API's description (OpenAPI 3.1), from openapi.json.
#pragma once

#include <string_view>

namespace custodialbridge::api {

std::string_view openapi_text();

}  // namespace custodialbridge::api
