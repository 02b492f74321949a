#include "items_reader.hpp"

#include <algorithm>
#include <utility>

#include "json_body.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::string_view kItems = "items";

}  // namespace

Checked<void> ItemsReader::read(const Request& request) {
    CB_CHECKED(accept_json(request));
    auto* const reader = static_cast<nlohmann::json_sax<Json>*>(this);
    const bool parsed = Json::sax_parse(request.body.begin(), request.body.end(), reader);
    if (!parsed) return bad_body(std::move(fault_));
    if (!has_items_) return bad_body("items: is needed");
    return {};
}

bool ItemsReader::start_object(std::size_t) {
    if (depth_ != kNothing && depth_ != kList) return open();
    if (depth_ == kList && !begin("")) return false;
    ++depth_;
    return true;
}

bool ItemsReader::start_array(std::size_t) {
    if (depth_ != kBody || outer_ != kItems) return open();
    ++depth_;
    return true;
}

bool ItemsReader::key(std::string& name) {
    if (depth_ == kBody) return outer_key(name);
    if (depth_ != kItem) return true;
    field_ = kUnknown;
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (fields_[i].name == name) field_ = i;
    if (field_ == kUnknown) return refuse_item(shown(name) + ": no such field here");
    if (std::exchange(given_[field_], true))
        return refuse_item(shown(name) + ": given more than once");
    return true;
}

bool ItemsReader::outer_key(const std::string& name) {
    if (name != kItems && !has_outer(name))
        return refuse_body(shown(name) + ": no such field here");
    if (std::find(outer_seen_.begin(), outer_seen_.end(), name) != outer_seen_.end())
        return refuse_body(shown(name) + ": given more than once");
    outer_ = name;
    outer_seen_.push_back(name);
    if (name == kItems) has_items_ = true;
    return true;
}

bool ItemsReader::end() {
    if (depth_ == kItem) finish();
    --depth_;
    return true;
}

bool ItemsReader::plain(const PlainValue& value) {
    if (depth_ == kBody && outer_ != kItems) {
        return take_outer(outer_, value) || refuse_shape();
    }
    if (depth_ != kItem) return other();
    if (field_ == kUnknown) return true;  // refused by its name
    std::string wrong = take(field_, value);
    return wrong.empty() || refuse_item(std::move(wrong));
}

/// A plain value where none of its kind belongs.
bool ItemsReader::other() {
    if (depth_ < kList) return refuse_shape();
    if (depth_ == kList) {
        if (!begin("must be an object")) return false;
        finish();
    }
    if (depth_ == kItem) refuse_item(wrong_type());
    return true;
}

/// An object or a list where none belongs.
bool ItemsReader::open() {
    if (depth_ < kList) return refuse_shape();
    if (depth_ == kList && !begin("must be an object")) return false;
    if (depth_ == kItem) refuse_item(of_field("must not be an object or a list"));
    ++depth_;
    return true;
}

bool ItemsReader::begin(std::string why) {
    if (count_ == items_max_)
        return refuse_body("items: at most " + std::to_string(items_max_) + " at a time");
    ++count_;
    given_ = {};
    why_ = std::move(why);
    field_ = kUnknown;
    begin_item();
    return true;
}

void ItemsReader::finish() {
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (fields_[i].needed && !given_[i])
            refuse_item(std::string(fields_[i].name).append(": is needed"));
    end_item(std::move(why_));
}

bool ItemsReader::refuse_body(std::string why) {
    fault_ = std::move(why);
    return false;
}

bool ItemsReader::refuse_shape() {
    if (depth_ == kNothing) return refuse_body("the body must be a JSON object");
    if (outer_ == kItems) return refuse_body("items: must be a list of objects");
    return refuse_body(shown(outer_) + ": is of the wrong type");
}

bool ItemsReader::refuse_item(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return true;
}

std::string ItemsReader::of_field(std::string_view why) const {
    if (field_ == kUnknown) return std::string(why);
    return std::string(fields_[field_].name).append(": ").append(why);
}

bool ItemsReader::parse_error(std::size_t, const std::string&,
                              const nlohmann::detail::exception&) {
    if (fault_.empty()) fault_ = "the body is not valid JSON";
    return false;
}

}  // namespace custodialbridge::api
