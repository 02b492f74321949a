/// Who may call: API keys, known by the SHA-256 of their bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "custodialbridge/api/settings.hpp"

namespace custodialbridge::api {

/// Settings in force; immutable. A reload makes a new one with the next generation.
struct Policy {
    std::uint64_t generation = 0;
    Settings settings;
};

/// The scope of the key in an `Authorization: Bearer KEY` value, if it is one of ours. Compares
/// with every key in constant time.
std::optional<Scope> scope_of(const Settings& settings, std::string_view authorization);

/// The policy of all threads. A thread asks `generation` each time and `current` when that has
/// changed.
class PolicyBoard {
  public:
    explicit PolicyBoard(Settings settings);
    void replace(Settings settings);
    std::shared_ptr<const Policy> current() const;
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Policy> policy_;
    std::atomic<std::uint64_t> generation_{1};
};

/// One connection's last good Authorization value: the same again needs no hashing.
class AuthMemo {
  public:
    std::optional<Scope> scope_of(const Policy& policy, std::string_view authorization);

  private:
    std::string value_;
    std::uint64_t generation_ = 0;
    Scope scope_ = Scope::read;
};

}  // namespace custodialbridge::api
