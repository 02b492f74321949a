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
        api();
        for (std::size_t i = 0; i < settings_.chains.size(); ++i)
            chain(settings_.chains[i], "chains[" + std::to_string(i) + ']');
        balance_sync();
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

    bool given(const std::string& key) const { return settings_.given.contains(key); }

    void whole_section(const std::string& section, const std::string& what) {
        const std::string keys = given_in(settings_, section);
        if (!keys.empty()) say(section, what + "; no effect: " + keys);
    }

    void api() {
        if (settings_.api.rate_per_key_rps > 0)
            say("api.rate_limit", "requests are not limited yet");
    }

    void chain(const ChainSettings& chain, const std::string& path) {
        using sync::Integrity;
        const Integrity integrity = chain.listener.integrity;
        if (chain.rpc.quorum > 1)
            say(path + ".rpc_quorum",
                "answers are taken from one endpoint; they are not compared yet");
        if (integrity == Integrity::receipts_root || integrity == Integrity::bloom)
            say(path + ".integrity",
                "finalized blocks that are caught up with in ranges are taken as the endpoint "
                "claims them; only those that follow are proven or checked");
        if (given(path + ".entry_points") && !chain.listener.entry_points.empty())
            say(path + ".entry_points", "user operations are not followed yet");
        nfts(chain, path + ".tokens");
        differences(chain, path + ".tokens");
    }

    void nfts(const ChainSettings& chain, const std::string& path) {
        std::string symbols;
        for (const Token& token : chain.tokens) {
            const bool nft = token.kind == TokenKind::erc721 || token.kind == TokenKind::erc1155;
            if (token.realtime && nft) symbols += (symbols.empty() ? "" : ", ") + token.symbol;
        }
        if (!symbols.empty())
            say(path, "erc721 and erc1155 are not followed from events yet: " + symbols);
    }

    void differences(const ChainSettings& chain, const std::string& path) {
        std::string symbols;
        for (std::size_t i = 0; i < chain.tokens.size(); ++i) {
            const std::string token = path + '[' + std::to_string(i) + ']';
            if (given(token + ".on_difference") || given(token + ".mismatch_threshold"))
                symbols += (symbols.empty() ? "" : ", ") + chain.tokens[i].symbol;
        }
        if (!symbols.empty())
            say(path,
                "balances are not compared with the chain yet; on_difference and "
                "mismatch_threshold have no effect: " +
                    symbols);
    }

    void balance_sync() {
        const sync::BalanceSyncSettings& balances = settings_.balance_sync;
        const std::string path = "balance_sync";
        if (given(path + ".db_sync_interval"))
            say(path + ".db_sync_interval", "the cache tiers are not refreshed by time yet");
        if (given(path + ".verify_changed") && balances.verify_changed > Millis{0})
            say(path + ".verify_changed", "changed balances are not read again yet");
        const sync::ChainSyncIntervals& intervals = balances.chain_sync_interval;
        interval("cpop", intervals.cpop);
        interval("major_tokens", intervals.major_tokens);
        interval("other_tokens", intervals.other_tokens);
        interval("nfts", intervals.nfts);
    }

    void interval(const std::string& name, Millis value) {
        const std::string path = "balance_sync.chain_sync_interval." + name;
        if (given(path) && value > Millis{0})
            say(path, "balances are not polled yet; they are read when asked for");
    }

    void monitoring() {
        const std::string path = "monitoring";
        for (const char* name :
             {"sync_lag_alert_threshold", "mismatch_alert_threshold", "failure_rate_threshold"})
            if (given(path + '.' + name)) say(path + '.' + name, "no alert is raised from it yet");
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
