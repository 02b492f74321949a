#include "auth.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace custodialbridge::api {
namespace {

constexpr std::string_view kBearer = "bearer ";

using Digest = std::array<std::uint8_t, 32>;

std::optional<Digest> sha256(std::string_view text) {
    Digest digest;
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        return std::nullopt;
    return digest;
}

// The scheme is case-insensitive (RFC 9110 §11.1); empty: not a Bearer value.
std::string_view bearer_key(std::string_view authorization) {
    const auto scheme = authorization.substr(0, kBearer.size());
    const bool is_bearer = std::equal(
        scheme.begin(), scheme.end(), kBearer.begin(), kBearer.end(),
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
    if (!is_bearer) return {};
    authorization.remove_prefix(kBearer.size());
    const auto start = authorization.find_first_not_of(' ');
    return start == std::string_view::npos ? std::string_view() : authorization.substr(start);
}

/// Without a burst, a second's worth.
Rate request_rate(const Settings& settings) {
    const double burst = settings.rate_burst > 0 ? static_cast<double>(settings.rate_burst)
                                                 : std::ceil(settings.rate_per_key_rps);
    return {settings.rate_per_key_rps, burst};
}

std::shared_ptr<const Policy> next_policy(const Policy& before, Settings settings) {
    auto policy = std::make_shared<Policy>();
    policy->generation = before.generation + 1;
    policy->request_rate = request_rate(settings);
    const auto& held = before.settings.keys;
    for (const ApiKey& key : settings.keys) {
        const auto same = std::find_if(held.begin(), held.end(),
                                       [&](const ApiKey& one) { return one.name == key.name; });
        policy->budgets.push_back(
            same == held.end()
                ? std::make_shared<KeyBudgets>()
                : before.budgets[static_cast<std::size_t>(same - held.begin())]);
    }
    policy->budgets.push_back(before.budgets.empty() ? std::make_shared<KeyBudgets>()
                                                     : before.budgets.back());
    policy->settings = std::move(settings);
    return policy;
}

}  // namespace

std::optional<Caller> caller_of(const Settings& settings, std::string_view authorization) {
    const auto key = bearer_key(authorization);
    if (key.empty()) return std::nullopt;
    const auto digest = sha256(key);
    if (!digest) return std::nullopt;
    std::optional<Caller> found;
    for (std::size_t i = 0; i < settings.keys.size(); ++i) {  // all of them: time tells nothing
        const ApiKey& known = settings.keys[i];
        if (CRYPTO_memcmp(known.sha256.data(), digest->data(), digest->size()) != 0) continue;
        if (!found || known.scope > found->scope) found = Caller{known.scope, i, 0};
    }
    return found;
}

PolicyBoard::PolicyBoard(Settings settings)
    : policy_(next_policy({}, std::move(settings))), generation_(policy_->generation) {}

void PolicyBoard::replace(Settings settings) {
    const std::lock_guard lock(mutex_);
    policy_ = next_policy(*policy_, std::move(settings));
    generation_.store(policy_->generation, std::memory_order_release);
}

std::shared_ptr<const Policy> PolicyBoard::current() const {
    const std::lock_guard lock(mutex_);
    return policy_;
}

std::optional<Caller> AuthMemo::caller_of(const Policy& policy, std::string_view authorization) {
    if (generation_ == policy.generation && value_ == authorization) return caller_;
    const auto caller = api::caller_of(policy.settings, authorization);
    if (!caller) return std::nullopt;
    value_ = authorization;
    generation_ = policy.generation;
    caller_ = *caller;
    caller_.policy = policy.generation;
    return caller_;
}

}  // namespace custodialbridge::api
