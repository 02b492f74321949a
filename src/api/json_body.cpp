#include "json_body.hpp"

#include <set>

#include "answer.hpp"

namespace custodialbridge::api {
namespace {

using Json = nlohmann::json;

bool is_json(std::string_view content_type) {
    auto name = content_type.substr(0, content_type.find(';'));
    while (name.ends_with(' ')) name.remove_suffix(1);
    std::string lower(name);
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    return lower == kJson;
}

/// What is nested is remembered as a fault, like a name that comes twice.
class FlatObject {
  public:
    explicit FlatObject(std::string_view text) {
        value_ = Json::parse(
            text.begin(), text.end(),
            [this](int depth, Json::parse_event_t event, Json& parsed) {
                return keep(depth, event, parsed);
            },
            false);
    }

    Json& value() { return value_; }
    const std::string& fault() const { return fault_; }

  private:
    bool keep(int depth, Json::parse_event_t event, const Json& parsed) {
        using Event = Json::parse_event_t;
        if (event == Event::key && depth == 1) {
            const auto& name = parsed.get_ref<const std::string&>();
            if (!names_.insert(name).second) fault_ = shown(name) + ": given more than once";
            last_ = name;
        }
        const bool opens = event == Event::object_start || event == Event::array_start;
        if (opens && depth > 0) fault_ = shown(last_) + ": must not be an object or a list";
        return !opens || depth == 0;
    }

    Json value_;
    std::set<std::string> names_;
    std::string last_, fault_;
};

}  // namespace

Problem bad_body(std::string why) {
    return {problems::kInvalidBody, std::move(why)};
}

Checked<void> accept_json(const Request& request) {
    if (!request.has_content_type || is_json(request.content_type)) return {};
    return Problem(problems::kUnsupportedMediaType, "Content-Type must be application/json");
}

Checked<Json> flat_object(const Request& request) {
    if (request.body.empty()) return Json::object();
    CB_CHECKED(accept_json(request));
    FlatObject body(request.body);
    if (body.value().is_discarded()) return bad_body("the body is not valid JSON");
    if (!body.value().is_object()) return bad_body("the body must be a JSON object");
    if (!body.fault().empty()) return bad_body(body.fault());
    return std::move(body.value());
}

}  // namespace custodialbridge::api
