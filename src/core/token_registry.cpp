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

}  // namespace

TokenRegistry::TokenRegistry(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
    std::sort(tokens_.begin(), tokens_.end(),
              [](const Token& a, const Token& b) { return key_of(a) < key_of(b); });
    const auto twin =
        std::adjacent_find(tokens_.begin(), tokens_.end(),
                           [](const Token& a, const Token& b) { return key_of(a) == key_of(b); });
    CB_CHECK(twin == tokens_.end());
}

const Token* TokenRegistry::find(ChainId chain, TokenId token) const {
    const auto wanted = std::tuple(chain, token);
    const auto found = std::lower_bound(
        tokens_.begin(), tokens_.end(), wanted,
        [](const Token& candidate, const auto& key) { return key_of(candidate) < key; });
    return found != tokens_.end() && key_of(*found) == wanted ? &*found : nullptr;
}

bool TokenRegistry::has_chain(ChainId chain) const {
    return !of_chain(chain).empty();
}

std::span<const Token> TokenRegistry::of_chain(ChainId chain) const {
    const auto first =
        std::partition_point(tokens_.begin(), tokens_.end(),
                             [chain](const Token& token) { return token.chain < chain; });
    const auto last = std::partition_point(
        first, tokens_.end(), [chain](const Token& token) { return token.chain == chain; });
    return {first, last};
}

}  // namespace custodialbridge
