/// The tokens that the daemon knows, by chain and number.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "custodialbridge/core/token.hpp"

namespace custodialbridge {

/// Read from any thread, without a lock. A change makes a new table and the one before stays, so
/// that what was found in it is good for the registry's life: changes are an operator's, and few.
class TokenRegistry {
  public:
    TokenRegistry() : TokenRegistry(std::vector<Token>()) {}

    /// In any order, without duplicates (checked); kept by chain, then number.
    explicit TokenRegistry(std::vector<Token> tokens);

    TokenRegistry(TokenRegistry&& other) noexcept;
    TokenRegistry& operator=(TokenRegistry&& other) noexcept;

    const Token* find(ChainId chain, TokenId token) const;
    bool has_chain(ChainId chain) const;
    std::span<const Token> all() const { return *table_.load(std::memory_order_acquire); }
    std::span<const Token> of_chain(ChainId chain) const;

    /// Other tokens from now on, as for the constructor. One thread at a time.
    void replace(std::vector<Token> tokens);

  private:
    using Table = std::vector<Token>;

    std::vector<std::unique_ptr<const Table>> tables_;  // the last one counts
    std::atomic<const Table*> table_;
};

}  // namespace custodialbridge
