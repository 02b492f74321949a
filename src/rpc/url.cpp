#include "url.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace custodialbridge::rpc {

namespace {

struct Scheme {
    std::string_view prefix;
    bool tls;
    bool web_socket;
    std::string_view port;
};

constexpr std::array kSchemes{
    Scheme{"http://", false, false, "80"}, Scheme{"https://", true, false, "443"},
    Scheme{"ws://", false, true, "80"}, Scheme{"wss://", true, true, "443"}};

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (text.size() - i < 3) return std::nullopt;
        const char* end = text.data() + i + 3;
        const auto read = std::from_chars(text.data() + i + 1, end, value, 16);
        if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    return out;
}

std::string base64(const std::string& text) {
    std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
    const int size =
        EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size()));
    return {out.begin(), out.begin() + size};
}

bool is_port(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    return read.ec == std::errc{} && read.ptr == end && value >= 1 && value <= 65535;
}

/// Splits "host", "host:port", "[v6]" or "[v6]:port".
bool split_host(std::string_view authority, Url& url) {
    std::string_view rest;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return false;
        url.host = authority.substr(1, close - 1);
        rest = authority.substr(close + 1);
    } else {
        const auto colon = std::min(authority.find(':'), authority.size());
        url.host = authority.substr(0, colon);
        rest = authority.substr(colon);
    }
    if (url.host.empty()) return false;
    if (rest.empty()) return true;
    if (rest.front() != ':' || !is_port(rest.substr(1))) return false;
    url.port = rest.substr(1);
    return true;
}

Error malformed(std::string_view what) {
    return {Errc::invalid, "malformed endpoint URL: " + std::string(what)};
}

}  // namespace

std::string Url::name() const {
    const bool brackets = host.find(':') != std::string::npos;
    return (brackets ? "[" + host + "]" : host) + ":" + port;
}

Result<Url> parse_url(std::string_view text) {
    const auto scheme = std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& known) {
        return text.starts_with(known.prefix);
    });
    if (scheme == kSchemes.end()) return malformed("it must begin with http, https, ws or wss");
    const bool bad_byte = std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    });
    if (bad_byte) return malformed("it has a blank or control character");
    text.remove_prefix(scheme->prefix.size());
    text = text.substr(0, text.find('#'));

    Url url;
    url.tls = scheme->tls;
    url.web_socket = scheme->web_socket;
    url.port = scheme->port;
    const auto path = std::min(text.find_first_of("/?"), text.size());
    std::string_view authority = text.substr(0, path);
    url.target = text.substr(path);
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        const auto user_info = percent_decoded(authority.substr(0, at));
        if (!user_info) return malformed("bad percent-encoding before the @");
        url.authorization = "Basic " + base64(*user_info);
        authority.remove_prefix(at + 1);
    }
    if (!split_host(authority, url)) return malformed("bad host or port");
    return url;
}

std::string name_of(std::string_view url) {
    const auto parsed = parse_url(url);
    return parsed ? parsed->name() : "?";
}

}  // namespace custodialbridge::rpc
