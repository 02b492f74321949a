#include "hosts.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>

namespace custodialbridge::store {
namespace {

constexpr std::array<std::string_view, 3> kPerHost{"host", "hostaddr", "port"};

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
        const auto comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

Error unreadable(char* message) {
    std::string why = message != nullptr ? message : "it cannot be read";
    PQfreemem(message);
    why.resize(std::min(why.find_first_of("\"\n"), why.size()));
    return Error(Errc::invalid, "database.url is not a connection string: " + why);
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return text.empty() ||  // the default
           (error == std::errc() && stopped == text.data() + text.size() && port > 0);
}

}  // namespace

Result<std::vector<Keywords>> hosts_of(const std::string& url) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(url.c_str(), &message));
    if (!options) return unreadable(message);
    Keywords shared;
    std::vector<std::pair<std::string, std::vector<std::string>>> lists;
    std::size_t hosts = 1;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        const std::string_view keyword = option->keyword;
        if (std::find(kPerHost.begin(), kPerHost.end(), keyword) == kPerHost.end()) {
            shared.emplace_back(keyword, option->val);
        } else {
            lists.emplace_back(keyword, split(option->val));
            hosts = std::max(hosts, lists.back().second.size());
        }
    }
    std::vector<Keywords> result(hosts, shared);
    for (const auto& [keyword, values] : lists) {
        if (values.size() != 1 && values.size() != hosts)
            return Error(Errc::invalid, "database.url names " + std::to_string(hosts) +
                                            " hosts and " + std::to_string(values.size()) +
                                            " values of " + keyword);
        if (keyword == "port" && !std::all_of(values.begin(), values.end(), is_port))
            return Error(Errc::invalid,
                         "database.url has a port that is no number from 1 to 65535");
        for (std::size_t i = 0; i < hosts; ++i)
            result[i].emplace_back(keyword, values.size() == 1 ? values[0] : values[i]);
    }
    return result;
}

}  // namespace custodialbridge::store
