#include <algorithm>
#include <array>
#include <map>

#include "custodialbridge/core/hex.hpp"
#include "schema.hpp"
#include "url_check.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::array kScopes{Choice{"read", static_cast<int>(api::Scope::read)},
                             Choice{"write", static_cast<int>(api::Scope::write)},
                             Choice{"admin", static_cast<int>(api::Scope::admin)}};

using Digest = std::array<std::uint8_t, 32>;

Result<Digest> sha256(const Scalar& scalar) {
    Digest digest{};
    if (parse_hex_exact("0x" + scalar.text, digest)) return digest;
    return Error{Errc::invalid, "must be the SHA-256 of the key as 64 hexadecimal digits"};
}

void read_scopes(ListReader scopes, api::ApiKey& key) {
    std::array<bool, kScopes.size()> seen{};
    scopes.each([](const Scalar& scalar) { return one_of_as<api::Scope>(scalar, kScopes); },
                [&](api::Scope scope, std::size_t index) {
                    if (std::exchange(seen[static_cast<std::size_t>(scope)], true))
                        scopes.report_at(index, "this scope is listed twice");
                    key.scope = std::max(key.scope, scope);
                });
}

void read_keys(ListReader keys, std::vector<api::ApiKey>& out) {
    std::map<std::string, std::size_t> names;
    std::map<Digest, std::size_t> digests;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        MapReader item = keys.map(i);
        api::ApiKey key;
        if (item.required("name", key.name, name)) {
            const auto [first, is_new] = names.try_emplace(key.name, i);
            if (!is_new)
                item.report_at("name", "the same name as " + keys.path() + '[' +
                                           std::to_string(first->second) + ']');
        }
        if (item.required("sha256", key.sha256, sha256)) {
            const auto [first, is_new] = digests.try_emplace(key.sha256, i);
            if (!is_new)
                item.report_at("sha256", "the same key as " + keys.path() + '[' +
                                             std::to_string(first->second) + ']');
        }
        if (item.require("scopes")) {
            ListReader scopes = item.list("scopes");
            read_scopes(scopes, key);
            if (scopes.is_blank())
                item.report_at("scopes", "must name at least one of read, write, admin");
        }
        item.finish();
        out.push_back(std::move(key));
    }
}

void read_tls(MapReader tls, api::Settings& settings) {
    tls.value("certificate", settings.tls_certificate, text_of(0, 4000));
    tls.value("key", settings.tls_key, text_of(0, 4000));
    if (settings.tls_certificate.empty() != settings.tls_key.empty())
        tls.report_at(settings.tls_key.empty() ? "key" : "certificate",
                      "certificate and key go together: give both files or neither");
    tls.finish();
}

void read_auth(MapReader auth, api::Settings& settings, bool loopback) {
    constexpr std::array kModes{Choice{"api_key", 1}, Choice{"none", 0}};
    auth.value("mode", settings.keys_required,
               [&kModes](const Scalar& scalar) { return one_of(scalar, kModes); });
    if (!settings.keys_required && !loopback)
        auth.report_at("mode",
                       "\"none\" lets everybody in, so api.listen must be a loopback address");
    read_keys(auth.list("keys"), settings.keys);
    auth.finish();
}

void read_rate_limit(MapReader limit, api::Settings& settings) {
    limit.value("per_key_rps", settings.rate_per_key_rps,
                [](const Scalar& scalar) { return decimal_number(scalar, 0, 1e6); });
    limit.value("burst", settings.rate_burst, in_range(0, 1'000'000));
    limit.finish();
}

}  // namespace

void read_api(MapReader api, api::Settings& settings) {
    ListenAddress listen{settings.host, settings.port, true};
    api.value("listen", listen, listen_address);
    settings.host = listen.host;
    settings.port = listen.port;
    api.value("threads", settings.threads, in_range(0, 256));
    read_tls(api.section("tls"), settings);
    read_auth(api.section("auth"), settings, listen.loopback);
    read_rate_limit(api.section("rate_limit"), settings);
    api.value("max_body", settings.max_body, [](const Scalar& scalar) {
        return byte_size(scalar, std::size_t{1} << 10, std::size_t{1} << 28);
    });
    api.finish();
}

}  // namespace custodialbridge::config
