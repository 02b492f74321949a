/// How the fake store's connections lead a chain.
#include "support/fake_store.hpp"

namespace custodialbridge::testing {

FakeLead::~FakeLead() {
    lose();
}

void FakeLead::lose() {
    for (auto& [id, chain] : store_.tables.chains)
        if (chain.leader == this) chain.leader = nullptr;
}

Task<Result<std::optional<std::uint64_t>>> FakeLead::ask(std::string call, ChainId chain, bool anew,
                                                         Deadline by) {
    using Term = std::optional<std::uint64_t>;
    auto work = [this, chain, anew](LedgerTables& all) -> Result<Term> {
        const auto found = all.chains.find(chain);
        if (found == all.chains.end()) return Error(Errc::not_found, "no ledger yet");
        ChainRow& row = found->second;
        if (row.leader != nullptr && row.leader != this) return Term();
        const bool holds = row.leader == this;
        if (holds && terms_[chain] != row.term) {
            row.leader = nullptr;
            return Term();
        }
        if (!holds || anew) ++row.term;
        row.leader = this;
        terms_[chain] = row.term;
        return Term(row.term);
    };
    co_return co_await store_.change<Term>(std::move(call), by, std::move(work));
}

}  // namespace custodialbridge::testing
