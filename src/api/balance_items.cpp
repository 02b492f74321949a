#include "balance_items.hpp"

#include <array>
#include <utility>

#include "custodialbridge/core/limits.hpp"
#include "fields.hpp"
#include "items_reader.hpp"
#include "json_body.hpp"

namespace custodialbridge::api {
namespace {

constexpr std::array kFields{ItemField{"user_id"}, ItemField{"chain_id"}, ItemField{"token_id"}};
enum Field : std::size_t { kUser, kChain, kToken };

class KeyItems final : public ItemsReader {
  public:
    KeyItems() : ItemsReader(kFields, limits::kBatchItemsMax) {}

    BalanceItems said;

  private:
    void begin_item() override { key_ = {}; }

    std::string take(std::size_t field, const PlainValue& value) override {
        const auto* text = std::get_if<std::string_view>(&value);
        const auto* number = std::get_if<std::uint64_t>(&value);
        if (field == kUser && text) return keep(user_field(*text), key_.user);
        if (field == kUser || !number) return wrong_type();
        const std::string digits = std::to_string(*number);
        return field == kChain ? keep(chain_field(digits), key_.chain)
                               : keep(token_field(digits), key_.token);
    }

    void end_item(std::string why) override {
        if (why.empty())
            said.keys.emplace_back(std::move(key_));
        else
            said.keys.emplace_back(bad_body(std::move(why)));
    }

    bool has_outer(std::string_view name) const override { return name == "realtime"; }

    bool take_outer(std::string_view, const PlainValue& value) override {
        const auto* flag = std::get_if<bool>(&value);
        said.realtime = flag && *flag;
        return flag != nullptr;
    }

    BalanceKey key_;
};

}  // namespace

Checked<BalanceItems> parse_balance_items(const Request& request) {
    KeyItems reader;
    CB_CHECKED(reader.read(request));
    return std::move(reader.said);
}

}  // namespace custodialbridge::api
