#include <algorithm>
#include <string_view>

#include "custodialbridge/config/settings.hpp"

namespace custodialbridge::config {
namespace {

using Sentences = std::vector<std::string>;

/// The last words of the written keys directly in `section`, as "a, b and c"; empty when there are
/// none.
std::string given_in(const Settings& settings, const std::string& section) {
    const std::string prefix = section + '.';
    std::vector<std::string> names;
    for (auto key = settings.given.lower_bound(prefix);
         key != settings.given.end() && key->starts_with(prefix); ++key) {
        if (key->find('.', prefix.size()) == std::string::npos)
            names.push_back(key->substr(prefix.size()));
    }
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i)
        list += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return list;
}

class NotYet {
  public:
    explicit NotYet(const Settings& settings) : settings_(settings) {}

    Sentences list() {
        for (std::size_t i = 0; i < settings_.chains.size(); ++i)
            chain(settings_.chains[i], "chains[" + std::to_string(i) + ']');
        whole_section("transaction_sync", "transactions are not followed yet");
        whole_section("reconciliation", "nothing is reconciled or repaired yet");
        monitoring();
        if (!settings_.webhooks.empty()) say("webhooks", "messages are not delivered yet");
        return std::move(sentences_);
    }

  private:
    void say(const std::string& key, const std::string& what) {
        sentences_.push_back(key + ": " + what);
    }

    void whole_section(const std::string& section, const std::string& what) {
        const std::string keys = given_in(settings_, section);
        say(section, what + (keys.empty() ? "" : "; no effect: " + keys));
    }

    void chain(const ChainSettings& chain, const std::string& path) {
        tokens(chain, path + ".tokens");
    }

    void tokens(const ChainSettings& chain, const std::string& path) {
        using Test = bool (*)(const Token&);
        const auto about = [&](const std::string& what, Test test) {
            std::string symbols;
            for (const Token& token : chain.tokens)
                if (test(token)) symbols += (symbols.empty() ? "" : ", ") + token.symbol;
            if (!symbols.empty()) say(path, what + ": " + symbols);
        };
        about("a whole erc1155 collection that is not followed from events has no balance",
              [](const Token& token) {
                  return token.kind == TokenKind::erc1155 && !token.nft_id && !token.realtime;
              });
    }

    void monitoring() {
        const std::string path = "monitoring";
        if (!settings_.telemetry.alertmanager.empty())
            say(path + ".alertmanager", "alerts go to the log only");
    }

    const Settings& settings_;
    Sentences sentences_;
};

}  // namespace

std::vector<std::string> not_yet(const Settings& settings) {
    return NotYet(settings).list();
}

}  // namespace custodialbridge::config
