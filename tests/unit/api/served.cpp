#include "served.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>

namespace custodialbridge::api {

ApiKey api_key(const std::string& name, const std::string& key, Scope scope) {
    ApiKey entry;
    entry.name = name;
    entry.scope = scope;
    unsigned size = 0;
    EVP_Digest(key.data(), key.size(), entry.sha256.data(), &size, EVP_sha256(), nullptr);
    return entry;
}

Served::Served() {
    settings.port = 0;
    settings.threads = 2;
    settings.keys = {api_key("reader", "read-key", Scope::read),
                     api_key("writer", "write-key", Scope::write),
                     api_key("admin", "admin-key", Scope::admin)};
}

Served::~Served() {
    balances.gate.open();
    if (server) server->stop(Millis(0));
}

Services Served::services() {
    return {[this](runtime::Executor) { return std::make_unique<fakes::Reader>(balances); },
            wallets,
            history,
            nfts,
            resumes,
            tokens,
            status,
            health,
            metrics,
            clock};
}

void Served::serve() {
    server = make_http_server(settings, services());
    const auto started = server->start();
    ASSERT_TRUE(started) << started.error().message();
}

Response Served::ask(const std::string& method, const std::string& path, const std::string& key,
                     const std::string& body, const std::string& headers) {
    Client once(server->address());
    once.key = key;
    return once.ask(method, path, body, headers);
}

void expect_problem(const Response& response, int status, const std::string& slug,
                    const std::string& about) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.header("content-type"), "application/problem+json");
    const auto problem = Json::parse(response.body, nullptr, false);
    ASSERT_TRUE(problem.is_object()) << response.body;
    EXPECT_EQ(problem.size(), 4u) << response.body;
    EXPECT_EQ(problem.value("type", ""), slug) << response.body;
    EXPECT_EQ(problem.value("status", 0), status);
    EXPECT_FALSE(problem.value("title", "").empty());
    EXPECT_THAT(problem.value("detail", ""), testing::HasSubstr(about));
}

}  // namespace custodialbridge::api
