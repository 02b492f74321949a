#include "redis_address.hpp"

#include <sys/un.h>

#include <charconv>
#include <optional>
#include <utility>

namespace custodialbridge::cache {
namespace {

constexpr std::uint32_t kDatabaseMax = 65'535;
constexpr std::size_t kUnixPathMax = sizeof(sockaddr_un::sun_path) - 1;

Error malformed(std::string_view what) {
    return {Errc::invalid, "redis url: " + std::string(what)};
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return value;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text[0] != '%') {
            out += text[0];
            text.remove_prefix(1);
            continue;
        }
        const auto byte = parse_number<std::uint8_t>(text.substr(1, 2), 16);
        if (text.size() < 3 || !byte || *byte == 0) return std::nullopt;
        out += static_cast<char>(*byte);
        text.remove_prefix(3);
    }
    return out;
}

// What stands before and after `mark`; nothing after when it is not there.
std::pair<std::string_view, std::optional<std::string_view>> cut(std::string_view text, char mark) {
    const auto at = text.find(mark);
    if (at == std::string_view::npos) return {text, std::nullopt};
    return {text.substr(0, at), text.substr(at + 1)};
}

// Takes "[user][:password]@" off the front of `rest`.
Result<void> take_credentials(std::string_view& rest, RedisAddress& address) {
    const auto at = rest.substr(0, rest.find('/')).rfind('@');
    if (at == std::string_view::npos) return {};
    const auto [user, password] = cut(rest.substr(0, at), ':');
    const auto plain_user = percent_decoded(user);
    const auto plain_password = percent_decoded(password.value_or(""));
    if (!plain_user || !plain_password) return malformed("bad percent-encoding in the credentials");
    if (plain_password->empty() && !plain_user->empty())
        return malformed("a user needs a password");
    address.user = *plain_user;
    address.password = *plain_password;
    rest.remove_prefix(at + 1);
    return {};
}

Result<void> read_database(std::string_view text, RedisAddress& address) {
    const auto database = parse_number<std::uint32_t>(text);
    if (!database || *database > kDatabaseMax)
        return malformed("the database is a number from 0 to 65535");
    address.database = *database;
    return {};
}

Result<RedisAddress> parse_unix(std::string_view rest) {
    RedisAddress address;
    CB_CHECKED(take_credentials(rest, address));
    const auto [path, query] = cut(rest, '?');
    const auto plain_path = percent_decoded(path);
    if (!plain_path || !plain_path->starts_with('/'))
        return malformed("unix:// is followed by an absolute path");
    if (plain_path->size() > kUnixPathMax)
        return malformed("a socket's path has at most 107 bytes");
    address.unix_path = *plain_path;
    if (!query) return address;
    if (!query->starts_with("db=")) return malformed("after the path only ?db=N is known");
    CB_CHECKED(read_database(query->substr(3), address));
    return address;
}

Result<RedisAddress> parse_tcp(std::string_view rest) {
    RedisAddress address;
    CB_CHECKED(take_credentials(rest, address));
    const auto [host_and_port, database] = cut(rest, '/');
    std::string_view port;
    bool has_port = false;
    if (host_and_port.starts_with('[')) {  // an IPv6 address
        const auto [host, after] = cut(host_and_port.substr(1), ']');
        if (!after || (!after->empty() && !after->starts_with(':')))
            return malformed("an IPv6 address stands in brackets");
        address.host = host;
        has_port = !after->empty();
        if (has_port) port = after->substr(1);
    } else {
        const auto [host, after] = cut(host_and_port, ':');
        address.host = host;
        has_port = after.has_value();
        port = after.value_or("");
    }
    if (address.host.empty() || address.host.find('?') != std::string::npos)
        return malformed("a host is missing");
    if (has_port) {
        const auto number = parse_number<std::uint16_t>(port);
        if (!number || *number == 0) return malformed("the port is a number from 1 to 65535");
        address.port = *number;
    }
    if (database && !database->empty()) CB_CHECKED(read_database(*database, address));
    return address;
}

}  // namespace

Result<RedisAddress> parse_redis_url(std::string_view url) {
    constexpr std::string_view kTcp = "redis://";
    constexpr std::string_view kUnix = "unix://";
    if (url.starts_with(kTcp)) return parse_tcp(url.substr(kTcp.size()));
    if (url.starts_with(kUnix)) return parse_unix(url.substr(kUnix.size()));
    return malformed("it begins with redis:// or unix://");
}

std::string to_string(const RedisAddress& address) {
    const std::string place = address.unix_path.empty()
                                  ? address.host + ':' + std::to_string(address.port)
                                  : address.unix_path;
    return place + '/' + std::to_string(address.database);
}

}  // namespace custodialbridge::cache
