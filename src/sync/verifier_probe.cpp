#include "verifier_probe.hpp"

namespace custodialbridge::sync {

using telemetry::log;
using telemetry::LogLevel;

namespace {

constexpr unsigned kOften = 3;

telemetry::Counter& outcome(const VerifierParts& parts, const std::string& chain,
                            const char* what) {
    return parts.metrics.counter("balances_verified_total",
                                 "Balances changed by events and read again from the chain",
                                 {{"chain_id", chain}, {"outcome", what}});
}

}  // namespace

VerifierProbe::VerifierProbe(const VerifierParts& parts)
    : chain_(std::to_string(parts.chain.value)), alerts_(parts.alerts),
      metrics_(parts.metrics),
      agreed_(outcome(parts, chain_, "agrees")), differed_(outcome(parts, chain_, "differs")),
      unknown_(outcome(parts, chain_, "unknown")),
      without_room_(outcome(parts, chain_, "passed_over")),
      errors_(parts.metrics.counter("sync_errors_total", "Failed beats of background tasks",
                                    {{"chain_id", chain_}, {"task", "verifier"}})),
      waiting_(parts.metrics.gauge("balances_to_verify",
                                   "Balances changed by events and not compared yet",
                                   {{"chain_id", chain_}})) {
    watch(parts.tokens);
}

void VerifierProbe::watch(const std::vector<Token>& tokens) {
    for (const Token& token : tokens) {
        if (!token.realtime || tokens_.contains(token.id)) continue;
        const telemetry::Labels labels{{"chain_id", chain_},
                                       {"token", std::to_string(token.id.value)}};
        tokens_[token.id] = {
            &metrics_.counter("balance_mismatch_total",
                                   "Balances that were found to be another one on the chain",
                                   labels),
            &metrics_.counter("balance_differences_total",
                                   "Balances that were set to the chain's: events did not "
                                   "explain them",
                                   labels)};
    }
}

std::string VerifierProbe::subject(const Token& token) const {
    return std::string("chain:").append(chain_).append(":token:").append(
        std::to_string(token.id.value));
}

void VerifierProbe::waiting(std::size_t amounts, std::uint64_t without_room) {
    waiting_.set(static_cast<double>(amounts));
    without_room_.add(static_cast<double>(without_room - without_room_told_));
    without_room_told_ = without_room;
}

void VerifierProbe::unknown(const Token& token, const BlockRef& at,
                            const store::LedgerAmount& ours, const Error& error) {
    unknown_.add();
    log(LogLevel::warn, "a changed balance cannot be read again",
        {{"chain", chain_}, {"token", token.id.value}, {"holder", to_string(ours.holder)},
         {"block", at.number.value}, {"error", error}});
}

void VerifierProbe::will_be_settled(const Token& token, const BlockRef& at,
                                    const store::LedgerAmount& ours, const U256& chain_has) {
    OfToken& told = tokens_.at(token.id);
    told.settled->add();
    log(LogLevel::warn, "a balance differs from its events: the chain is trusted",
        {{"chain", chain_}, {"token", token.id.value}, {"holder", to_string(ours.holder)},
         {"block", at.number.value}, {"ledger", to_string(ours.amount)},
         {"on_chain", to_string(chain_has)}});
    if (++told.settled_so_far < kOften) return;
    alerts_.raise({"events-do-not-explain", subject(token),
                   "token " + token.symbol + " keeps having other balances than its events say "
                   "(a fee on transfers, or rebasing?): poll it instead, with realtime: false"});
}

void VerifierProbe::mismatch(const Token& token, const BlockRef& at,
                             const store::LedgerAmount& ours, const U256& chain_has,
                             const U256& alert_above) {
    tokens_.at(token.id).mismatches->add();
    const SignedAmount gap = difference(chain_has, ours.amount);
    log(LogLevel::error, "a balance is another one on the chain",
        {{"chain", chain_}, {"token", token.id.value}, {"holder", to_string(ours.holder)},
         {"block", at.number.value}, {"hash", to_string(at.hash)},
         {"ledger", to_string(ours.amount)}, {"on_chain", to_string(chain_has)},
         {"difference", to_string(gap)}});
    if (gap.magnitude <= token.mismatch_threshold) return;
    alerts_.raise({gap.magnitude > alert_above ? "balance-mismatch-critical" : "balance-mismatch",
                   subject(token),
                   to_string(ours.holder) + " has " + to_string(chain_has) + " on the chain and " +
                       to_string(ours.amount) + " in the ledger, at block " +
                       std::to_string(at.number.value)});
}

void VerifierProbe::mismatches_gone(const Token& token) {
    alerts_.resolve("balance-mismatch", subject(token));
    alerts_.resolve("balance-mismatch-critical", subject(token));
}

void VerifierProbe::failed(const Error& error, unsigned in_a_row, Millis pause) {
    errors_.add();
    log(in_a_row == 1 ? LogLevel::info : LogLevel::warn, "changed balances could not be verified",
        {{"chain", chain_}, {"error", error}, {"in_a_row", in_a_row},
         {"retry_in_ms", pause.count()}});
}

}  // namespace custodialbridge::sync
