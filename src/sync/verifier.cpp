#include "custodialbridge/sync/verifier.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "verifier_probe.hpp"

namespace custodialbridge::sync {

namespace {

using runtime::Deadline;
using runtime::Progress;
using runtime::Task;

constexpr Millis kStepTimeout{10'000};
constexpr std::size_t kAtOnce = 2'000;
constexpr unsigned kUnknownMax = 3;  // then it is left to reconciliation
constexpr Millis kSecondLook{500};
constexpr Millis kSettledWithin{2'000};
constexpr Millis kLookAgain{30'000};  // at a mismatch
constexpr std::size_t kMismatchesMax = 1'000;
constexpr Millis kIntervalMin{50};

struct ByName {
    bool operator()(const store::AmountName& a, const store::AmountName& b) const {
        if (a.balance != b.balance) return a.balance < b.balance;
        return a.nft_id < b.nft_id;
    }
};

template <class Value>
using PerName = std::map<store::AmountName, Value, ByName>;

class ChainVerifier final : public Verifier {
  public:
    explicit ChainVerifier(VerifierParts parts) : parts_(std::move(parts)), probe_(parts_) {
        parts_.changed.want(parts_.verify_changed > Millis{0});
    }

    std::string_view name() const override { return "verifier"; }

    void failed(const Error& error, unsigned in_a_row, Millis pause) override {
        probe_.failed(error, in_a_row, pause);
    }

    void set_tokens(std::vector<Token> tokens) override {
        probe_.watch(tokens);
        parts_.tokens = std::move(tokens);
    }

    void set_pace(Millis verify_changed, const U256& mismatch_alert) override {
        parts_.verify_changed = verify_changed;
        parts_.mismatch_alert = mismatch_alert;
        parts_.changed.want(verify_changed > Millis{0});
        if (verify_changed == Millis{0}) forget_all();
    }

    std::optional<Millis> idle() const override {
        return verifier_interval(parts_.verify_changed);
    }

    Task<Result<Progress>> converge() override {
        if (parts_.verify_changed == Millis{0}) co_return Progress::stopped;
        probe_.waiting(parts_.changed.size(), parts_.changed.without_room());
        if (!parts_.following()) co_return Progress::caught_up;
        const Deadline by = Deadline::after(parts_.clock, kStepTimeout);
        CB_CO_TRY(recent, co_await parts_.chains.recent_blocks(parts_.chain, 2, by));
        if (recent.empty()) co_return Progress::caught_up;
        const BlockRef at = settled_block(recent);
        look_again(at.number);
        auto taken = parts_.changed.take(at.number, kAtOnce);
        if (taken.empty()) co_return Progress::caught_up;
        const auto compared = co_await compare(at, taken, by);
        if (!compared) {
            for (const ChangedAmount& one : taken) parts_.changed.add(one);
            // Reorganised or pruned meanwhile: the next look is at another block.
            if (compared.error().code() == Errc::conflict ||
                compared.error().code() == Errc::orphaned)
                co_return Progress::caught_up;
            co_return compared.error();
        }
        co_return taken.size() == kAtOnce ? Progress::more : Progress::caught_up;
    }

  private:
    /// The newest block when it has been that for a while: a node that is about to mine is not
    /// asked for what it may answer from the next block. Else the one before.
    BlockRef settled_block(const std::vector<BlockRef>& recent) {
        const bool stands = std::exchange(newest_, recent.front()) == recent.front();
        return stands || recent.size() < 2 ? recent.front() : recent.back();
    }

    const Token* token_of(TokenId id) const {
        const auto found = std::find_if(parts_.tokens.begin(), parts_.tokens.end(),
                                        [&](const Token& token) { return token.id == id; });
        return found == parts_.tokens.end() ? nullptr : &*found;
    }

    /// Of a whole collection only its ids can be read; of an entry with its id that is the balance.
    static bool can_be_asked(const Token& token, const store::AmountName& name) {
        if (token.kind != TokenKind::erc1155) return true;
        return token.nft_id.has_value() != name.nft_id.has_value();
    }

    static rpc::BalanceQuestion question(const Token& token, const store::LedgerAmount& amount) {
        const auto& id = amount.name.nft_id ? amount.name.nft_id : token.nft_id;
        const bool by_owner = token.kind == TokenKind::erc721 && id.has_value();
        return {amount.holder, token.address, id, by_owner};
    }

    Task<Result<void>> compare(BlockRef at, const std::vector<ChangedAmount>& changed,
                               Deadline by) {
        std::vector<store::AmountName> names;
        for (const ChangedAmount& one : changed) {
            const Token* token = token_of(one.name.balance.token);
            if (token != nullptr && can_be_asked(*token, one.name)) names.push_back(one.name);
        }
        if (names.empty()) co_return Result<void>{};
        const auto asked = names;
        CB_CO_TRY(ours, co_await parts_.balances.at_block(parts_.chain, at, std::move(names), by));
        forget_others(asked, ours);
        std::vector<rpc::BalanceQuestion> questions;
        for (const store::LedgerAmount& amount : ours)
            questions.push_back(question(*token_of(amount.name.balance.token), amount));
        CB_CO_TRY(answers, co_await parts_.rpc.balances(at, std::move(questions), by));
        for (std::size_t i = 0; i < ours.size(); ++i) judge(at, ours[i], answers[i]);
        co_return Result<void>{};
    }

    /// Wallets that were removed, and tokens that are followed no more, are no concern any longer.
    void forget_others(const std::vector<store::AmountName>& asked,
                       const std::vector<store::LedgerAmount>& ours) {
        std::size_t next = 0;
        for (const store::AmountName& name : asked) {
            if (next < ours.size() && ours[next].name == name) {
                ++next;
                continue;
            }
            unknown_.erase(name);
            suspects_.erase(name);
            if (const Token* token = token_of(name.balance.token)) is_gone(name, *token);
        }
    }

    void judge(const BlockRef& at, const store::LedgerAmount& ours,
               const rpc::BalanceAnswer& theirs) {
        const Token& token = *token_of(ours.name.balance.token);
        const bool nobodys = !theirs && theirs.error().code() == Errc::invalid &&
                             token.kind == TokenKind::erc721 && ours.name.nft_id;
        if (!theirs && !(nobodys && ours.amount == 0)) return cannot_tell(at, ours, theirs.error());
        unknown_.erase(ours.name);
        const U256 chain_has = theirs ? *theirs : U256(0);
        if (ours.amount == chain_has) return agrees(ours.name, token);
        probe_.differs();
        const auto [suspect, is_new] =
            suspects_.try_emplace(ours.name, Suspect{parts_.clock.now() + kSecondLook, false, 0});
        if (is_new || parts_.clock.now() < suspect->second.look_again) return;
        if (token.on_difference == OnDifference::sync) {  // looked at until it agrees
            suspect->second.look_again = parts_.clock.now() + kSettledWithin;
            const bool is_same = suspect->second.handed_over && suspect->second.ours == ours.amount;
            suspect->second.handed_over = true;
            suspect->second.ours = ours.amount;
            if (!is_same) probe_.will_be_settled(token, at, ours, chain_has);
            parts_.changed.settle(ours);
            parts_.wake();
            return;
        }
        suspects_.erase(ours.name);
        mismatch(at, token, ours, chain_has);
    }

    void agrees(const store::AmountName& name, const Token& token) {
        probe_.agrees();
        suspects_.erase(name);
        is_gone(name, token);
    }

    /// A mismatch, if it was one.
    void is_gone(const store::AmountName& name, const Token& token) {
        if (mismatches_.erase(name) == 0) return;
        const bool more = std::any_of(mismatches_.begin(), mismatches_.end(), [&](const auto& one) {
            return one.first.balance.token == token.id;
        });
        if (!more) probe_.mismatches_gone(token);
    }

    /// Nobody looks any more whether it still is so.
    void forget_all() {
        for (const Token& token : parts_.tokens) {
            const bool had = std::any_of(
                mismatches_.begin(), mismatches_.end(),
                [&](const auto& one) { return one.first.balance.token == token.id; });
            if (had) probe_.mismatches_gone(token);
        }
        suspects_.clear();
        unknown_.clear();
        mismatches_.clear();
        probe_.waiting(0, parts_.changed.without_room());
    }

    void cannot_tell(const BlockRef& at, const store::LedgerAmount& ours, const Error& error) {
        if (++unknown_[ours.name] < kUnknownMax) {
            parts_.changed.add({ours.name, {at.number, at.number}});
            return;
        }
        unknown_.erase(ours.name);
        suspects_.erase(ours.name);
        probe_.unknown(*token_of(ours.name.balance.token), at, ours, error);
    }

    struct Mismatch {
        U256 ours{0};
        U256 theirs{0};
        Instant look_again{};
    };

    /// Counted when it is new, or another one than before.
    void mismatch(const BlockRef& at, const Token& token, const store::LedgerAmount& ours,
                  const U256& chain_has) {
        if (mismatches_.size() >= kMismatchesMax && !mismatches_.contains(ours.name)) return;
        auto [place, is_new] = mismatches_.try_emplace(ours.name);
        Mismatch& known = place->second;
        const bool same_gap = difference(known.ours, known.theirs) ==
                              difference(ours.amount, chain_has);
        known = {ours.amount, chain_has, parts_.clock.now() + kLookAgain};
        if (is_new || !same_gap)
            probe_.mismatch(token, at, ours, chain_has, parts_.mismatch_alert);
    }

    void look_again(BlockNumber at) {
        for (const auto& [name, suspect] : suspects_)
            if (suspect.look_again <= parts_.clock.now()) parts_.changed.add({name, {at, at}});
        for (auto& [name, known] : mismatches_) {
            if (parts_.clock.now() < known.look_again) continue;
            known.look_again = parts_.clock.now() + kLookAgain;
            parts_.changed.add({name, {at, at}});
        }
    }

    VerifierParts parts_;
    VerifierProbe probe_;
    BlockRef newest_;
    struct Suspect {
        Instant look_again;
        bool handed_over;  ///< to the listener, which settles it
        U256 ours{0};      ///< what it was then
    };
    PerName<Suspect> suspects_;      ///< seen to differ
    PerName<unsigned> unknown_;      ///< answers in a row that told nothing
    PerName<Mismatch> mismatches_;
};

}  // namespace

std::unique_ptr<Verifier> make_verifier(VerifierParts parts) {
    return std::make_unique<ChainVerifier>(std::move(parts));
}

Millis verifier_interval(Millis verify_changed) {
    return std::max(verify_changed / 4, kIntervalMin);
}

}  // namespace custodialbridge::sync
