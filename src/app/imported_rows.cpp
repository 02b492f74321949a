#include "imported_rows.hpp"

#include <algorithm>

namespace custodialbridge::app {

Result<std::optional<bool>> parse_truth(const std::string& text) {
    if (text.empty()) return std::optional<bool>();
    if (text == "true" || text == "1") return std::optional(true);
    if (text == "false" || text == "0") return std::optional(false);
    return Error(Errc::invalid, "'" + text + "' is neither true nor false");
}

Result<ChainId> parse_chain_of(const std::string& text, const config::Settings& settings) {
    CB_TRY(chain, parse_chain_id(text));
    const bool configured = std::any_of(settings.chains.begin(), settings.chains.end(),
                                        [&](const auto& one) { return one.chain == chain; });
    if (!configured)
        return Error(Errc::invalid, "chain " + std::to_string(chain.value) + " is not configured");
    return chain;
}

}  // namespace custodialbridge::app
