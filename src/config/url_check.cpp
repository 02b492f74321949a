#include "url_check.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace custodialbridge::config {
namespace {

constexpr std::size_t kUrlBytesMax = 4096;
constexpr std::size_t kHostBytesMax = 253;

Error invalid(std::string message) {
    return {Errc::invalid, std::move(message)};
}

bool has_blank(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char letter) { return static_cast<unsigned char>(letter) <= ' '; });
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, port);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return port;
}

std::optional<std::array<std::uint8_t, 4>> parse_ipv4(const std::string& text) {
    std::array<std::uint8_t, 4> bytes{};
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

std::optional<std::array<std::uint8_t, 16>> parse_ipv6(const std::string& text) {
    std::array<std::uint8_t, 16> bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
    return bytes;
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.size() <= kHostBytesMax &&
           std::all_of(host.begin(), host.end(), [](char letter) {
               return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' ||
                      letter == '_';
           });
}

struct HostAndPort {
    std::string host;
    std::string_view port;  ///< empty: none
    bool bracketed = false;
};

std::optional<HostAndPort> split(std::string_view authority) {
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view rest = authority.substr(end + 1);
        if (!rest.empty() && (rest[0] != ':' || rest.size() == 1)) return std::nullopt;
        return HostAndPort{std::string(authority.substr(1, end - 1)),
                           rest.substr(std::min<std::size_t>(1, rest.size())), true};
    }
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    if (colon + 1 == authority.size()) return std::nullopt;
    return HostAndPort{std::string(authority.substr(0, colon)),
                       authority.substr(std::min(colon + 1, authority.size())), false};
}

Result<void> check_authority(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) authority.remove_prefix(at + 1);
    const auto place = split(authority);
    if (!place) return invalid("the URL's host and port are malformed");
    const bool host =
        place->bracketed ? parse_ipv6(place->host).has_value() : is_host_name(place->host);
    if (!host) return invalid("the URL has no valid host");
    if (!place->port.empty() && parse_port(place->port).value_or(0) == 0)
        return invalid("the URL's port is not a number from 1 to 65535");
    return {};
}

std::string list_of(std::initializer_list<std::string_view> schemes) {
    std::string list;
    for (const std::string_view scheme : schemes)
        list += (list.empty() ? "" : " or ") + std::string(scheme) + "://";
    return list;
}

Result<void> check_size(std::string_view text) {
    if (text.size() > kUrlBytesMax) return invalid("the URL is longer than 4096 bytes");
    if (has_blank(text)) return invalid("the URL has a blank or a control character in it");
    return {};
}

bool is_loopback(const std::string& host) {
    if (const auto v4 = parse_ipv4(host)) return (*v4)[0] == 127;
    return parse_ipv6(host) == parse_ipv6("::1");
}

}  // namespace

Result<std::string> url(const Scalar& scalar, std::initializer_list<std::string_view> schemes) {
    const std::string_view text = scalar.text;
    if (text.empty()) return invalid("must not be empty");
    CB_CHECKED(check_size(text));
    const std::size_t mark = text.find("://");
    const bool known =
        mark != std::string_view::npos &&
        std::find(schemes.begin(), schemes.end(), text.substr(0, mark)) != schemes.end();
    if (!known) return invalid("the URL must begin with " + list_of(schemes));
    if (text.find('#') != std::string_view::npos) return invalid("the URL has a fragment (#…)");
    const std::string_view rest = text.substr(mark + 3);
    CB_CHECKED(check_authority(rest.substr(0, std::min(rest.find_first_of("/?"), rest.size()))));
    return scalar.text;
}

Result<std::string> database_url(const Scalar& scalar) {
    const std::string_view text = scalar.text;
    const bool is_url = text.starts_with("postgresql://") || text.starts_with("postgres://");
    if (is_url) {
        CB_CHECKED(check_size(text));
        return scalar.text;
    }
    const bool keywords = text.find("://") == std::string_view::npos &&
                          text.find('=') != std::string_view::npos && text.size() <= kUrlBytesMax;
    if (keywords) return scalar.text;
    return invalid("must be embedded, a postgresql:// URL, or key=value words as libpq takes them");
}

Result<std::string> redis_url(const Scalar& scalar) {
    const std::string_view text = scalar.text;
    if (text.starts_with("unix://")) {
        CB_CHECKED(check_size(text));
        if (!text.starts_with("unix:///")) return invalid("a unix:// URL needs an absolute path");
        return scalar.text;
    }
    if (!text.starts_with("redis://"))
        return invalid("must be embedded, none, a redis:// URL or a unix:// URL");
    CB_TRY(checked, url(scalar, {"redis"}));
    const std::string_view rest = std::string_view(checked).substr(8);
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view db = rest.substr(std::min(slash + 1, rest.size()));
    if (!db.empty() && !parse_port(db))
        return invalid("the path of a redis:// URL is the database's number, for example /0");
    return scalar.text;
}

Result<ListenAddress> listen_address(const Scalar& scalar) {
    const auto wrong = [&scalar](const char* what) {
        return invalid(shown(scalar) + " " + what + ", for example 127.0.0.1:8080 or [::]:8080");
    };
    auto place = split(scalar.text);
    if (!place || place->port.empty()) return wrong("is not an IP address and a port");
    const auto port = parse_port(place->port);
    if (!port) return wrong("has no port from 0 to 65535");
    if (place->host == "localhost") place->host = "127.0.0.1";
    const bool known = place->bracketed ? parse_ipv6(place->host).has_value()
                                        : parse_ipv4(place->host).has_value();
    if (!known) return wrong("does not begin with an IP address");
    return ListenAddress{place->host, *port, is_loopback(place->host)};
}

}  // namespace custodialbridge::config
