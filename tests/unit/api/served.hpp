/// A fixture: a server on a free loopback port, with fakes behind it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "client.hpp"
#include "fake_history.hpp"
#include "fake_nfts.hpp"
#include "fake_resumes.hpp"
#include "fake_tokens.hpp"
#include "fakes.hpp"

namespace custodialbridge::api {

using Json = nlohmann::ordered_json;

ApiKey api_key(const std::string& name, const std::string& key, Scope scope);

class Served : public testing::Test {
  protected:
    Served();
    ~Served() override;

    /// Starts the server; change `settings` before.
    void serve();

    Services services();  ///< over the fakes below

    Client client() { return Client(server->address()); }  ///< with the key of scope read

    /// One request on a connection of its own.
    Response ask(const std::string& method, const std::string& path, const std::string& key,
                 const std::string& body = "", const std::string& headers = "");
    Response get(const std::string& path, const std::string& key = "read-key") {
        return ask("GET", path, key);
    }

    fakes::Balances balances;
    fakes::Wallets wallets;
    fakes::History history;
    fakes::Nfts nfts;
    fakes::Resumes resumes;
    fakes::TokenDesk tokens;
    fakes::Status status;
    telemetry::HealthBoard health;
    telemetry::Registry metrics;
    runtime::SystemClock clock;
    Settings settings;  ///< a free port, two threads, keys "read-key", "write-key", "admin-key"
    std::unique_ptr<HttpServer> server;
};

/// Expects a problem with this status and slug, and that its detail mentions `about`.
void expect_problem(const Response& response, int status, const std::string& slug,
                    const std::string& about = "");

inline const std::string kBalancePath = "/v1/users/u1/balances/31337/2";

}  // namespace custodialbridge::api
