#include "auth.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
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

}  // namespace

std::optional<Scope> scope_of(const Settings& settings, std::string_view authorization) {
    const auto key = bearer_key(authorization);
    if (key.empty()) return std::nullopt;
    const auto digest = sha256(key);
    if (!digest) return std::nullopt;
    std::optional<Scope> found;
    for (const ApiKey& known : settings.keys)  // all of them: time tells nothing
        if (CRYPTO_memcmp(known.sha256.data(), digest->data(), digest->size()) == 0)
            found = std::max(found.value_or(known.scope), known.scope);
    return found;
}

PolicyBoard::PolicyBoard(Settings settings)
    : policy_(std::make_shared<const Policy>(Policy{1, std::move(settings)})) {}

void PolicyBoard::replace(Settings settings) {
    const std::lock_guard lock(mutex_);
    const auto next = policy_->generation + 1;
    policy_ = std::make_shared<const Policy>(Policy{next, std::move(settings)});
    generation_.store(next, std::memory_order_release);
}

std::shared_ptr<const Policy> PolicyBoard::current() const {
    const std::lock_guard lock(mutex_);
    return policy_;
}

std::optional<Scope> AuthMemo::scope_of(const Policy& policy, std::string_view authorization) {
    if (generation_ == policy.generation && value_ == authorization) return scope_;
    const auto scope = api::scope_of(policy.settings, authorization);
    if (!scope) return std::nullopt;
    value_ = authorization;
    generation_ = policy.generation;
    scope_ = *scope;
    return scope_;
}

}  // namespace custodialbridge::api
