/// The tokens that the daemon knows, by chain and number. Immutable: a change is a new registry.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "custodialbridge/core/token.hpp"

namespace custodialbridge {

class TokenRegistry {
  public:
    TokenRegistry() = default;

    /// In any order, without duplicates (checked); kept by chain, then number.
    explicit TokenRegistry(std::vector<Token> tokens);

    const Token* find(ChainId chain, TokenId token) const;
    bool has_chain(ChainId chain) const;
    std::span<const Token> all() const { return tokens_; }
    std::span<const Token> of_chain(ChainId chain) const;

  private:
    std::vector<Token> tokens_;
};

}  // namespace custodialbridge
