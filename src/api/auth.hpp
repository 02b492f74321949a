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
#include <vector>

#include "budget.hpp"
#include "custodialbridge/api/settings.hpp"

namespace custodialbridge::api {

/// What one key may still ask for. Of all threads.
struct KeyBudgets {
    Budget requests;
    Budget realtime;
};

/// Settings in force; immutable but for the budgets. A reload makes a new one with the next
/// generation.
struct Policy {
    std::uint64_t generation = 0;
    Settings settings;
    /// Of each key, and behind them of whoever calls when no key is needed: such a server listens
    /// on loopback alone, where all callers have one address.
    std::vector<std::shared_ptr<KeyBudgets>> budgets;
    Rate request_rate;
};

struct Caller {
    Scope scope = Scope::read;
    std::size_t budget = 0;      ///< its place in the policy
    std::uint64_t policy = 0;    ///< the generation of that policy
    friend bool operator==(const Caller&, const Caller&) = default;
};

/// Whose key is in an `Authorization: Bearer KEY` value, if it is one of ours. Compares with every
/// key in constant time.
std::optional<Caller> caller_of(const Settings& settings, std::string_view authorization);

/// The policy of all threads. A thread asks `generation` each time and `current` when that has
/// changed. Keys that stay (by their names) keep their budgets.
class PolicyBoard {
  public:
    explicit PolicyBoard(Settings settings);
    void replace(Settings settings);
    std::shared_ptr<const Policy> current() const;
    std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Policy> policy_;
    std::atomic<std::uint64_t> generation_;
};

/// One connection's last good Authorization value: the same again needs no hashing.
class AuthMemo {
  public:
    std::optional<Caller> caller_of(const Policy& policy, std::string_view authorization);

  private:
    std::string value_;
    std::uint64_t generation_ = 0;
    Caller caller_;
};

}  // namespace custodialbridge::api
