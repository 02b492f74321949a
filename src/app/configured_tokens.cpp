#include "configured_tokens.hpp"

namespace custodialbridge::app {

std::vector<Token> configured_tokens(const config::Settings& settings) {
    std::vector<Token> tokens;
    for (const config::ChainSettings& chain : settings.chains)
        tokens.insert(tokens.end(), chain.tokens.begin(), chain.tokens.end());
    return tokens;
}

TokenDefaults token_defaults(const config::Settings& settings) {
    const sync::ChainSyncIntervals& every = settings.balance_sync.chain_sync_interval;
    TokenDefaults defaults;
    defaults.mismatch_threshold = settings.reconciliation.mismatch_threshold;
    const auto set = [&](SyncClass sync_class, Millis interval) {
        defaults.realtime[static_cast<std::size_t>(sync_class)] = interval == Millis{0};
    };
    set(SyncClass::cpop, every.cpop);
    set(SyncClass::major, every.major_tokens);
    set(SyncClass::other, every.other_tokens);
    set(SyncClass::nft, every.nfts);
    return defaults;
}

}  // namespace custodialbridge::app
