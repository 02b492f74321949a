#include "wallet_items.hpp"

#include <array>
#include <utility>

#include "custodialbridge/core/limits.hpp"
#include "fields.hpp"
#include "items_reader.hpp"
#include "json_body.hpp"

namespace custodialbridge::api {
namespace {

using Item = Checked<store::NewWallet>;

constexpr std::array kFields{ItemField{"user_id"}, ItemField{"chain_id"}, ItemField{"address"},
                             ItemField{"is_deployed", false}};
enum Field : std::size_t { kUser, kChain, kAddress, kIsDeployed };

class WalletItems final : public ItemsReader {
  public:
    WalletItems() : ItemsReader(kFields, limits::kImportItemsMax) {}

    std::vector<Item> items;

  private:
    void begin_item() override { wallet_ = {}; }

    std::string take(std::size_t field, const PlainValue& value) override {
        const auto* text = std::get_if<std::string_view>(&value);
        const auto* number = std::get_if<std::uint64_t>(&value);
        const auto* flag = std::get_if<bool>(&value);
        if (field == kUser && text) return keep(user_field(*text), wallet_.user);
        if (field == kAddress && text) return keep(address_field(*text), wallet_.address);
        if (field == kChain && number)
            return keep(chain_field(std::to_string(*number)), wallet_.chain);
        if (field == kIsDeployed && flag) {
            wallet_.is_deployed = *flag;
            return {};
        }
        return wrong_type();
    }

    void end_item(std::string why) override {
        if (why.empty())
            items.emplace_back(std::move(wallet_));
        else
            items.emplace_back(bad_body(std::move(why)));
    }

    store::NewWallet wallet_;
};

}  // namespace

Checked<std::vector<Item>> parse_wallet_items(const Request& request) {
    WalletItems reader;
    CB_CHECKED(reader.read(request));
    return std::move(reader.items);
}

}  // namespace custodialbridge::api
