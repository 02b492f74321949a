#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "configured_tokens.hpp"
#include "custodialbridge/core/address.hpp"
#include "imported_rows.hpp"

namespace custodialbridge::app {
namespace {

using runtime::Deadline;
using runtime::Task;

constexpr std::array kColumns{CsvColumn{"chain_id"},        CsvColumn{"token_id"},
                              CsvColumn{"kind"},            CsvColumn{"symbol"},
                              CsvColumn{"decimals", false}, CsvColumn{"sync_class"},
                              CsvColumn{"address", false},  CsvColumn{"realtime", false},
                              CsvColumn{"mismatch_threshold", false}};
enum Column : std::size_t {
    kChain, kToken, kKind, kSymbol, kDecimals, kSyncClass, kAddress, kRealtime, kThreshold
};

/// What is written there, if anything.
template <class T>
Result<std::optional<T>> parse_or_none(const CsvRow& row, Column column,
                                       std::optional<T> (*parse)(std::string_view)) {
    const std::string& text = row.fields[column];
    if (text.empty()) return std::optional<T>();
    const auto value = parse(text);
    if (value) return value;
    return Error(Errc::invalid, std::string(kColumns[column].name)
                                    .append(": '")
                                    .append(text)
                                    .append("' is not one of its values"));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    const auto value = parse_u256(text);
    const bool fits = value && *value <= U256(~std::uint64_t{0});
    return fits ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

class TokenRows final : public ImportedRows {
  public:
    explicit TokenRows(const config::Settings& settings)
        : settings_(settings), defaults_(token_defaults(settings)) {}

    std::string_view name() const override { return "tokens"; }
    std::string_view done() const override { return "put"; }
    std::span<const CsvColumn> columns() const override { return kColumns; }
    std::size_t chunk() const override { return 1'000; }

    Task<Result<void>> begin(store::Postgres& postgres, Deadline by) override {
        CB_CO_TRY(stored, co_await postgres.chains().tokens(by));
        CB_CO_TRY(put_before, co_await postgres.token_book().put_before(by));
        learn(stored, Whose::nobodys);
        learn(put_before, Whose::of_the_api);
        learn(configured_tokens(settings_), Whose::configurations);
        co_return Result<void>();
    }

    Result<void> add(const CsvRow& row) override {
        CB_TRY(draft, parse(row));
        CB_TRY(token, complete(draft, defaults_));
        const auto held = known_.find({token.chain, token.id});
        const Whose whose = held == known_.end() ? Whose::nobodys : held->second.whose;
        if (whose != Whose::nobodys && held->second.token == token) {
            outcomes_.emplace_back(false);
            return {};
        }
        if (whose == Whose::configurations)
            return Error(Errc::conflict, "token " + std::to_string(token.id.value) +
                                             " is the configuration's: change it there");
        for (const auto& [id, other] : known_) CB_CHECKED(may_stand_beside(token, other.token));
        learn({token}, Whose::of_the_api);
        std::erase_if(tokens_, [&](const Token& one) { return same_token(one, token); });
        tokens_.push_back(std::move(token));
        outcomes_.emplace_back(true);
        return {};
    }

    Task<Result<std::vector<ImportedRow>>> store(store::Postgres& postgres, Deadline by) override {
        auto tokens = std::exchange(tokens_, {});
        if (!tokens.empty())
            if (const auto put = co_await postgres.token_book().put(std::move(tokens), by); !put)
                co_return put.error();
        co_return std::exchange(outcomes_, {});
    }

  private:
    enum class Whose : std::uint8_t { nobodys, of_the_api, configurations };

    struct Known {
        Token token;
        Whose whose = Whose::nobodys;
    };

    void learn(const std::vector<Token>& tokens, Whose whose) {
        for (const Token& token : tokens) known_[{token.chain, token.id}] = {token, whose};
    }

    Result<TokenDraft> parse(const CsvRow& row) const {
        TokenDraft draft;
        CB_TRY(chain, parse_chain_of(row.fields[kChain], settings_));
        CB_TRY(id, parse_token_id(row.fields[kToken]));
        CB_TRY(kind, parse_or_none(row, kKind, parse_token_kind));
        CB_TRY(decimals, parse_or_none(row, kDecimals, parse_number));
        CB_TRY(sync_class, parse_or_none(row, kSyncClass, parse_sync_class));
        CB_TRY(realtime, parse_truth(row.fields[kRealtime]));
        CB_TRY(threshold, parse_or_none(row, kThreshold, parse_u256));
        draft.chain = chain;
        draft.id = id;
        draft.kind = kind;
        draft.symbol = row.fields[kSymbol];
        draft.decimals = decimals;
        draft.sync_class = sync_class;
        draft.realtime = realtime;
        draft.mismatch_threshold = threshold;
        if (row.fields[kAddress].empty()) return draft;
        CB_TRY(address, parse_address(row.fields[kAddress]));
        draft.address = address;
        return draft;
    }

    const config::Settings& settings_;
    const TokenDefaults defaults_;
    std::map<std::pair<ChainId, TokenId>, Known> known_;  // with those of earlier rows
    std::vector<Token> tokens_;
    std::vector<ImportedRow> outcomes_;
};

}  // namespace

std::unique_ptr<ImportedRows> make_token_rows(const config::Settings& settings) {
    return std::make_unique<TokenRows>(settings);
}

}  // namespace custodialbridge::app
