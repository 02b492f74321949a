#include <set>
#include <sstream>
#include <tuple>

#include "routes.hpp"
#include "served.hpp"

namespace custodialbridge::api {
namespace {

using Names = std::set<std::string>;

/// What it takes to call an operation: method and path, scope, query parameters.
using Operation = std::tuple<std::string, std::string, Names>;

std::string lower(std::string_view text) {
    std::string made(text);
    for (char& letter : made) letter = static_cast<char>(std::tolower(letter));
    return made;
}

std::string scope_name(const std::optional<Scope>& scope) {
    if (!scope) return "";
    return *scope == Scope::read ? "read" : *scope == Scope::write ? "write" : "admin";
}

std::set<Operation> operations_of_routes() {
    std::set<Operation> all;
    for (const Route& route : routes()) {
        std::istringstream words{std::string(route.query)};
        Names query;
        for (std::string word; words >> word;) query.insert(word);
        const std::string at = lower(to_string(route.method)) + ' ' + std::string(route.pattern);
        all.emplace(at, scope_name(route.scope), query);
    }
    return all;
}

const Json& resolved(const Json& document, const Json& part) {
    if (!part.contains("$ref")) return part;
    return document.at(Json::json_pointer(part["$ref"].get<std::string>().substr(1)));
}

std::set<Operation> operations_of(const Json& document) {
    std::set<Operation> all;
    for (const auto& [path, item] : document["paths"].items())
        for (const auto& [method, operation] : item.items()) {
            if (method == "parameters") continue;
            const Json& security = operation["security"];
            Names query;
            for (const Json& one : operation.value("parameters", Json::array())) {
                const Json& parameter = resolved(document, one);
                if (parameter["in"] == "query") query.insert(parameter["name"]);
            }
            all.emplace(method + ' ' + path,
                        security.empty() ? "" : security[0]["key"][0].get<std::string>(), query);
        }
    return all;
}

class OpenApi : public Served {
  protected:
    void SetUp() override { serve(); }
    Json document() { return Json::parse(get("/openapi.json", "").body); }
};

TEST_F(OpenApi, IsGivenToEverybodyAsJson) {
    const auto response = get("/openapi.json", "");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("content-type"), "application/json");
    const Json described = Json::parse(response.body);
    EXPECT_EQ(described["openapi"], "3.1.0");
    EXPECT_EQ(described["info"]["version"], CB_VERSION);
}

TEST_F(OpenApi, DescribesTheRoutesThatThereAreWithTheirScopesAndParameters) {
    EXPECT_EQ(operations_of(document()), operations_of_routes());
}

TEST_F(OpenApi, NamesEveryPartOfAPath) {
    const Json described = document();
    for (const auto& [path, item] : described["paths"].items()) {
        Names named, in_path;
        for (const Json& one : item.value("parameters", Json::array()))
            named.insert(resolved(described, one)["name"]);
        for (std::size_t at = 0; (at = path.find('{', at)) != std::string::npos; ++at)
            in_path.insert(path.substr(at + 1, path.find('}', at) - at - 1));
        EXPECT_EQ(named, in_path) << path;
    }
}

}  // namespace
}  // namespace custodialbridge::api
