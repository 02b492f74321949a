#include "custodialbridge/rules/plan_blocks.hpp"

#include <algorithm>
#include <string>

namespace custodialbridge::rules {

/// An event of a followed token, in the transaction that is being read.
struct MovePlanner::Seen {
    const Log* log = nullptr;
    const FollowedToken* token = nullptr;
    std::uint32_t sub_index = 0;
    TokenEvent event;
    bool announced = false;  ///< a Transfer that a Mint or Burn already names
};

MovePlanner::MovePlanner(const Watchlist& watchlist) : watchlist_(watchlist) {}
MovePlanner::~MovePlanner() = default;

namespace {

bool same_transaction(const Log& a, const Log& b) {
    return a.tx_index == b.tx_index && a.block.number == b.block.number && a.tx_hash == b.tx_hash;
}

bool is_notice(const TokenEvent& event) {
    return event.type == EventType::mint || event.type == EventType::burn;
}

/// Does this Transfer say the same as that Mint or Burn?
bool says_the_same(const TokenEvent& transfer, const TokenEvent& notice) {
    if (transfer.type != EventType::transfer || transfer.amount != notice.amount) return false;
    return notice.type == EventType::mint
               ? transfer.from.is_zero() && transfer.to == notice.to
               : transfer.to.is_zero() && transfer.from == notice.from;
}

MoveKind kind_of(const TokenEvent& event) {
    if (event.type == EventType::mint || event.from.is_zero()) return MoveKind::mint;
    if (event.type == EventType::burn || event.to.is_zero()) return MoveKind::burn;
    return MoveKind::transfer;
}

/// Of a whole erc1155 collection only the ids have one that can be read.
bool has_balance_of(const FollowedToken& token) {
    return token.kind != TokenKind::erc1155 || token.nft_id;
}

Decoded decode(TokenKind kind, const Log& log, std::span<const std::uint8_t> data,
               std::vector<TokenEvent>& events) {
    if (kind == TokenKind::erc1155) return decode_erc1155(log, data, events);
    TokenEvent event;
    const Decoded decoded = kind == TokenKind::erc721 ? decode_erc721(log, data, event)
                                                      : decode_erc20(log, data, event);
    if (decoded == Decoded::event) events.push_back(std::move(event));
    return decoded;
}

}  // namespace

void MovePlanner::add_move(const Seen& seen, LedgerPlan& plan) const {
    const WalletId debit = watchlist_.wallet(seen.event.from);
    const WalletId credit = watchlist_.wallet(seen.event.to);
    if (debit == kOutside && credit == kOutside) return;
    const Log& log = *seen.log;
    plan.moves.push_back({log.block.number, log.log_index, seen.sub_index, seen.token->token, debit,
                          credit, seen.event.amount, log.tx_hash, kind_of(seen.event),
                          seen.event.type, seen.event.nft_id});
    if (is_notice(seen.event)) plan.touched.push_back({std::max(debit, credit), seen.token->token});
}

void MovePlanner::add_announcement(const Seen& seen, LedgerPlan& plan) const {
    const TokenEvent& event = seen.event;
    const WalletId wallet =
        watchlist_.wallet(event.type == EventType::mint ? event.to : event.from);
    if (wallet == kOutside) return;
    const Log& log = *seen.log;
    plan.announcements.push_back({log.block.number, log.log_index, wallet, seen.token->token,
                                  event.amount, log.tx_hash, event.type});
}

void MovePlanner::touch_named(const Log& log, std::span<const FollowedToken> tokens,
                              LedgerPlan& plan) const {
    for (std::size_t i = 1; i < log.topic_count; ++i) {
        Address named;
        if (!address_from_word(log.topics[i], named)) continue;
        const WalletId wallet = watchlist_.wallet(named);
        if (wallet == kOutside) continue;
        for (const FollowedToken& token : tokens)
            if (has_balance_of(token)) plan.touched.push_back({wallet, token.token});
    }
}

void MovePlanner::read_token_log(const Log& log, std::span<const std::uint8_t> data,
                                 std::span<const FollowedToken> tokens, LedgerPlan& plan) {
    events_.clear();
    const Decoded decoded = decode(tokens.front().kind, log, data, events_);
    if (decoded == Decoded::malformed) ++malformed_;
    if (decoded != Decoded::event) {
        if (log.topic_count > 0 && !moves_nothing(log.topics[0])) touch_named(log, tokens, plan);
        return;
    }
    for (std::size_t element = 0; element < events_.size(); ++element) {
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            if (tokens[i].nft_id && tokens[i].nft_id != events_[element].nft_id) continue;
            const auto sub_index = static_cast<std::uint32_t>(element * tokens.size() + i);
            seen_.push_back({&log, &tokens[i], sub_index, events_[element], false});
        }
    }
}

void MovePlanner::read_entry_point_log(const Log& log, std::span<const std::uint8_t> data,
                                       LedgerPlan& plan) {
    UserOperation operation;
    const Decoded decoded = decode_user_operation(log, data, operation);
    Address account;
    const Decoded deployed = decode_account_deployed(log, account);
    if (decoded == Decoded::malformed || deployed == Decoded::malformed) ++malformed_;
    if (decoded == Decoded::event) {
        const WalletId wallet = watchlist_.wallet(operation.sender);
        if (wallet != kOutside)
            plan.announcements.push_back({log.block.number, log.log_index, wallet, std::nullopt,
                                          operation.actual_gas_cost, log.tx_hash,
                                          EventType::user_operation, log.address});
    }
    if (deployed == Decoded::event && watchlist_.wallet(account) != kOutside)
        plan.deployed.push_back(watchlist_.wallet(account));
}

void MovePlanner::read_transaction(const LogBatch& batch, std::span<const Log> logs,
                                   LedgerPlan& plan) {
    seen_.clear();
    const std::size_t announced = plan.announcements.size();
    for (const Log& log : logs) {
        const auto tokens = watchlist_.tokens_of(log.address);
        if (!tokens.empty())
            read_token_log(log, batch.data_of(log), tokens, plan);
        else if (watchlist_.is_entry_point(log.address))
            read_entry_point_log(log, batch.data_of(log), plan);
    }
    const bool notices = std::any_of(seen_.begin(), seen_.end(),
                                     [](const Seen& seen) { return is_notice(seen.event); });
    for (Seen& seen : seen_) {
        if (notices && is_notice(seen.event)) {
            const auto transfer = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& other) {
                return other.token == seen.token && !other.announced &&
                       says_the_same(other.event, seen.event);
            });
            if (transfer != seen_.end()) {
                transfer->announced = true;
                add_announcement(seen, plan);
                continue;
            }
        }
        add_move(seen, plan);
    }
    std::sort(plan.announcements.begin() + static_cast<std::ptrdiff_t>(announced),
              plan.announcements.end(),
              [](const auto& a, const auto& b) { return a.log_index < b.log_index; });
}

Result<void> MovePlanner::read(const LogBatch& batch, LedgerPlan& plan) {
    const std::span<const Log> logs(batch.logs);
    std::size_t first = 0;
    while (first < logs.size()) {
        std::size_t end = first + 1;
        while (end < logs.size() && same_transaction(logs[first], logs[end])) ++end;
        for (std::size_t i = std::max<std::size_t>(first, 1); i < end; ++i) {
            const Log& before = logs[i - 1];
            const Log& log = logs[i];
            const bool ascending =
                before.block.number < log.block.number ||
                (before.block.number == log.block.number && before.log_index < log.log_index);
            if (!ascending)
                return Error(Errc::corrupt, "logs out of order at block " +
                                                std::to_string(log.block.number.value) +
                                                ", log index " + std::to_string(log.log_index));
        }
        read_transaction(batch, logs.subspan(first, end - first), plan);
        first = end;
    }
    return {};
}

void touch_natives(std::span<const Address> parties, const Watchlist& watchlist, LedgerPlan& plan) {
    std::vector<WalletId>& named = plan.native_touched;
    for (const Address& party : parties)
        if (const WalletId wallet = watchlist.wallet(party); wallet != kOutside)
            named.push_back(wallet);
    for (const Announcement& notice : plan.announcements)
        if (notice.event == EventType::user_operation) named.push_back(notice.wallet);
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
}

}  // namespace custodialbridge::rules
