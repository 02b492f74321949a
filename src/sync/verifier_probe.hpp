/// What the verifier tells the outside: metrics, alerts, log lines.
#pragma once

#include <map>
#include <string>

#include "custodialbridge/sync/verifier.hpp"

namespace custodialbridge::sync {

class VerifierProbe {
  public:
    explicit VerifierProbe(const VerifierParts& parts);

    /// Counts these tokens' differences, too.
    void watch(const std::vector<Token>& tokens);

    void waiting(std::size_t amounts, std::uint64_t without_room);
    void agrees() { agreed_.add(); }
    void differs() { differed_.add(); }
    void unknown(const Token& token, const BlockRef& at, const store::LedgerAmount& ours,
                 const Error& error);

    /// The chain is trusted. A token that keeps doing this is said to be one that its events do not
    /// explain (fee on transfer, rebasing).
    void will_be_settled(const Token& token, const BlockRef& at, const store::LedgerAmount& ours,
                         const U256& chain_has);
    void mismatch(const Token& token, const BlockRef& at, const store::LedgerAmount& ours,
                  const U256& chain_has, const U256& alert_above);
    void mismatches_gone(const Token& token);
    void failed(const Error& error, unsigned in_a_row, Millis pause);

  private:
    struct OfToken {
        telemetry::Counter* mismatches;
        telemetry::Counter* settled;
        unsigned settled_so_far = 0;
    };
    std::string subject(const Token& token) const;

    std::string chain_;
    telemetry::AlertSink& alerts_;
    telemetry::Registry& metrics_;
    telemetry::Counter& agreed_;
    telemetry::Counter& differed_;
    telemetry::Counter& unknown_;
    telemetry::Counter& without_room_;
    telemetry::Counter& errors_;
    telemetry::Gauge& waiting_;
    std::uint64_t without_room_told_ = 0;
    std::map<TokenId, OfToken> tokens_;
};

}  // namespace custodialbridge::sync
