#include "wallet_items.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "custodialbridge/core/limits.hpp"
#include "fields.hpp"
#include "json_body.hpp"

namespace custodialbridge::api {
namespace {

using Json = nlohmann::json;
using Item = Checked<store::NewWallet>;

constexpr std::array<std::string_view, 4> kFields{"user_id", "chain_id", "address", "is_deployed"};
enum Field : std::size_t { kUser, kChain, kAddress, kIsDeployed, kUnknown };

/// What the parser tells, piece by piece. False ends the reading: the body as a whole is bad.
class Reader final : public nlohmann::json_sax<Json> {
  public:
    std::vector<Item> items;
    std::string fault;  ///< of the body as a whole

    bool has_items() const { return has_items_; }

    bool start_object(std::size_t) override {
        if (depth_ == kNothing || depth_ == kList) {
            if (depth_ == kList && !begin_item("")) return false;
            ++depth_;
            return true;
        }
        return open();
    }

    bool start_array(std::size_t) override {
        if (depth_ == kBody && key_is_items_) {
            ++depth_;
            return true;
        }
        return open();
    }

    bool key(std::string& name) override {
        if (depth_ == kBody) return outer_key(name);
        if (depth_ != kItem) return true;
        field_ = kUnknown;
        for (std::size_t i = 0; i < kFields.size(); ++i)
            if (kFields[i] == name) field_ = static_cast<Field>(i);
        if (field_ == kUnknown) return refuse_item(shown(name) + ": no such field here");
        if (std::exchange(given_[field_], true))
            return refuse_item(shown(name) + ": given more than once");
        return true;
    }

    bool end_object() override {
        if (depth_ == kItem) end_item();
        --depth_;
        return true;
    }

    bool end_array() override {
        if (depth_ == kItem) end_item();
        --depth_;
        return true;
    }

    bool string(std::string& text) override {
        if (depth_ != kItem) return other();
        if (field_ == kUser) return take(user_field(text), wallet_.user);
        if (field_ == kAddress) return take(address_field(text), wallet_.address);
        return other();
    }

    bool number_unsigned(std::uint64_t number) override {
        if (depth_ != kItem || field_ != kChain) return other();
        return take(chain_field(std::to_string(number)), wallet_.chain);
    }

    bool boolean(bool value) override {
        if (depth_ != kItem || field_ != kIsDeployed) return other();
        wallet_.is_deployed = value;
        return true;
    }

    bool null() override { return other(); }
    bool number_integer(std::int64_t) override { return other(); }
    bool number_float(double, const std::string&) override { return other(); }
    bool binary(Json::binary_t&) override { return other(); }

    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::detail::exception&) override {
        if (fault.empty()) fault = "the body is not valid JSON";
        return false;
    }

  private:
    enum Depth : unsigned { kNothing, kBody, kList, kItem };

    bool refuse_body(std::string why) {
        fault = std::move(why);
        return false;
    }

    bool outer_key(const std::string& name) {
        if (name != "items") return refuse_body(shown(name) + ": no such field here");
        if (std::exchange(has_items_, true)) return refuse_body("items: given more than once");
        key_is_items_ = true;
        return true;
    }

    bool begin_item(std::string why) {
        if (items.size() == limits::kImportItemsMax)
            return refuse_body("items: at most " + std::to_string(limits::kImportItemsMax) +
                               " at a time");
        wallet_ = {};
        given_ = {};
        why_ = std::move(why);
        field_ = kUnknown;
        return true;
    }

    bool refuse_item(std::string why) {
        if (why_.empty()) why_ = std::move(why);
        return true;
    }

    void end_item() {
        for (const Field field : {kUser, kChain, kAddress})
            if (!given_[field]) refuse_item(std::string(kFields[field]) + ": is needed");
        if (why_.empty())
            items.emplace_back(std::move(wallet_));
        else
            items.emplace_back(bad_body(std::move(why_)));
    }

    /// An object or a list where none belongs.
    bool open() {
        if (depth_ < kList) return refuse_shape();
        if (depth_ == kList && !begin_item("must be an object")) return false;
        if (depth_ == kItem) refuse_item(of_field("must not be an object or a list"));
        ++depth_;
        return true;
    }

    bool refuse_shape() {
        return refuse_body(depth_ == kNothing ? "the body must be a JSON object"
                                              : "items: must be a list of objects");
    }

    /// A plain value where none of its kind belongs.
    bool other() {
        if (depth_ < kList) return refuse_shape();
        if (depth_ == kList) {
            if (!begin_item("must be an object")) return false;
            end_item();
        }
        if (depth_ == kItem) refuse_item(of_field("is of the wrong type"));
        return true;
    }

    std::string of_field(const char* why) const {
        if (field_ == kUnknown) return why;
        return std::string(kFields[field_]) + ": " + why;
    }

    template <class T>
    bool take(Checked<T> parsed, T& into) {
        if (!parsed) return refuse_item(parsed.error().detail);
        into = std::move(*parsed);
        return true;
    }

    unsigned depth_ = kNothing;  ///< beyond kItem: what is nested in an item is passed over
    bool has_items_ = false;
    bool key_is_items_ = false;
    store::NewWallet wallet_;
    std::array<bool, kFields.size()> given_{};
    Field field_ = kUnknown;
    std::string why_;  ///< the first thing that is wrong with the item
};

}  // namespace

Checked<std::vector<Item>> parse_wallet_items(const Request& request) {
    CB_CHECKED(accept_json(request));
    Reader reader;
    const bool read =
        Json::sax_parse(request.body.begin(), request.body.end(), &reader);
    if (!read) return bad_body(std::move(reader.fault));
    if (!reader.has_items()) return bad_body("items: is needed");
    return std::move(reader.items);
}

}  // namespace custodialbridge::api
