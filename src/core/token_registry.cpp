#include "custodialbridge/core/token_registry.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "custodialbridge/core/check.hpp"

namespace custodialbridge {
namespace {

auto key_of(const Token& token) {
    return std::tuple(token.chain, token.id);
}

std::unique_ptr<const std::vector<Token>> table_of(std::vector<Token> tokens) {
    std::sort(tokens.begin(), tokens.end(),
              [](const Token& a, const Token& b) { return key_of(a) < key_of(b); });
    const auto twin =
        std::adjacent_find(tokens.begin(), tokens.end(),
                           [](const Token& a, const Token& b) { return key_of(a) == key_of(b); });
    CB_CHECK(twin == tokens.end());
    return std::make_unique<const std::vector<Token>>(std::move(tokens));
}

}  // namespace

TokenRegistry::TokenRegistry(std::vector<Token> tokens) {
    tables_.push_back(table_of(std::move(tokens)));
    table_ = tables_.back().get();
}

TokenRegistry::TokenRegistry(TokenRegistry&& other) noexcept
    : tables_(std::move(other.tables_)), table_(other.table_.load()) {}

TokenRegistry& TokenRegistry::operator=(TokenRegistry&& other) noexcept {
    tables_ = std::move(other.tables_);
    table_ = other.table_.load();
    return *this;
}

void TokenRegistry::replace(std::vector<Token> tokens) {
    tables_.push_back(table_of(std::move(tokens)));
    table_.store(tables_.back().get(), std::memory_order_release);
}

const Token* TokenRegistry::find(ChainId chain, TokenId token) const {
    const auto tokens = all();
    const auto wanted = std::tuple(chain, token);
    const auto found = std::lower_bound(
        tokens.begin(), tokens.end(), wanted,
        [](const Token& candidate, const auto& key) { return key_of(candidate) < key; });
    return found != tokens.end() && key_of(*found) == wanted ? &*found : nullptr;
}

bool TokenRegistry::has_chain(ChainId chain) const {
    return !of_chain(chain).empty();
}

std::span<const Token> TokenRegistry::of_chain(ChainId chain) const {
    const auto tokens = all();
    const auto first =
        std::partition_point(tokens.begin(), tokens.end(),
                             [chain](const Token& token) { return token.chain < chain; });
    const auto last = std::partition_point(
        first, tokens.end(), [chain](const Token& token) { return token.chain == chain; });
    return {first, last};
}

}  // namespace custodialbridge
