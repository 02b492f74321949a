/// Bodies of the form {"items":[{…}…]}: read as they come, without a tree, so that what one costs
/// is bounded by what it may hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "problem.hpp"
#include "request.hpp"

namespace custodialbridge::api {

/// A plain value; the text is good for the call.
using PlainValue = std::variant<std::string_view, std::uint64_t, bool>;

struct ItemField {
    std::string_view name;
    bool needed = true;
};

/// What the parser tells, piece by piece. An item that is wrong is told to be so, and the reading
/// goes on; a body that is wrong ends it.
class ItemsReader : public nlohmann::json_sax<nlohmann::json> {
  public:
    static constexpr std::size_t kFieldsMax = 8;

    /// Fails when the body as a whole is not of that form, or has too many items.
    Checked<void> read(const Request& request);

  protected:
    /// `fields` (at most kFieldsMax) outlive the reader.
    ItemsReader(std::span<const ItemField> fields, std::size_t items_max)
        : fields_(fields), items_max_(items_max) {}

    virtual void begin_item() = 0;

    /// Of what was parsed: its value goes to `into`.
    template <class T>
    static std::string keep(Checked<T> parsed, T& into) {
        if (!parsed) return std::move(parsed).error().detail;
        into = std::move(*parsed);
        return {};
    }

    /// One field of the item, by its number; the answer is what is wrong with it, if anything.
    virtual std::string take(std::size_t field, const PlainValue& value) = 0;

    /// `why`: what was first wrong with the item; empty when nothing was.
    virtual void end_item(std::string why) = 0;

    /// Members beside the items: whether there is such a one, and its value; false: it is of the
    /// wrong type.
    virtual bool has_outer(std::string_view) const { return false; }
    virtual bool take_outer(std::string_view, const PlainValue&) { return false; }

    /// What to say of a value whose type the field at hand cannot have.
    std::string wrong_type() const { return of_field("is of the wrong type"); }

  private:
    using Json = nlohmann::json;
    enum Depth : unsigned { kNothing, kBody, kList, kItem };

    bool start_object(std::size_t) override;
    bool start_array(std::size_t) override;
    bool key(std::string& name) override;
    bool end_object() override { return end(); }
    bool end_array() override { return end(); }
    bool string(std::string& text) override { return plain(std::string_view(text)); }
    bool number_unsigned(std::uint64_t number) override { return plain(number); }
    bool boolean(bool value) override { return plain(value); }
    bool null() override { return other(); }
    bool number_integer(std::int64_t) override { return other(); }
    bool number_float(double, const std::string&) override { return other(); }
    bool binary(Json::binary_t&) override { return other(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override;

    bool end();
    bool plain(const PlainValue& value);
    bool other();
    bool open();
    bool outer_key(const std::string& name);
    bool begin(std::string why);
    void finish();
    bool refuse_body(std::string why);
    bool refuse_shape();
    bool refuse_item(std::string why);
    std::string of_field(std::string_view why) const;

    static constexpr std::size_t kUnknown = kFieldsMax;

    const std::span<const ItemField> fields_;
    const std::size_t items_max_;
    unsigned depth_ = kNothing;  ///< beyond kItem: what is nested in an item is passed over
    std::size_t count_ = 0;
    bool has_items_ = false;
    std::string outer_;  ///< the body's member at hand
    std::vector<std::string> outer_seen_;
    std::array<bool, kFieldsMax> given_{};
    std::size_t field_ = kUnknown;
    std::string why_;    ///< the first thing that is wrong with the item
    std::string fault_;  ///< of the body as a whole
};

}  // namespace custodialbridge::api
