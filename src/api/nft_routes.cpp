#include "fields.hpp"
#include "handlers.hpp"
#include "json_text.hpp"

namespace custodialbridge::api {
namespace {

using ledger::NftView;
using runtime::Task;

constexpr std::string_view kNfts = "nfts";

void write_nft(JsonText& json, const NftView& nft) {
    json.open_object();
    json.member("chain_id", nft.place.chain.value);
    json.member("token_id", nft.place.token.value);
    json.member("contract", to_string(nft.contract));
    json.member("standard", to_string(nft.kind));
    json.member("nft_id", to_string(nft.place.nft_id));
    json.member("amount", to_string(nft.amount));
    json.member("block_number", nft.block.value);
    json.close_object();
}

}  // namespace

Task<Outcome> list_nfts(Desk& desk, const Call& call) {
    const Query query = call.query();
    CB_CO_TRY(user, user_field(call.parameters[0]));
    CB_CO_TRY(chain, chain_parameter(query));
    CB_CO_TRY(limit, limit_parameter(query));
    CB_CO_TRY(after, nft_place_parameter(query, kNfts));
    const auto page =
        co_await desk.services().nfts.nfts(std::move(user), chain, after, limit, call.by);
    if (!page) co_return problem_of(page.error(), problems::kNotFound, problems::kUnavailable);
    Answer answer;
    JsonText json(answer.body);
    json.open_object();
    json.key("items");
    json.open_list();
    for (const NftView& nft : page->items) write_nft(json, nft);
    json.close_list();
    json.key("next_cursor");
    if (page->next)
        json.value(write_cursor(kNfts, *page->next));
    else
        json.null();
    json.close_object();
    co_return answer;
}

}  // namespace custodialbridge::api
