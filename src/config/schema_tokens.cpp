#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "custodialbridge/core/limits.hpp"
#include "schema.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::size_t kSymbolBytesMax = 64;
constexpr std::uint64_t kTokenIdMax = (1ULL << 31) - 1;

constexpr std::array kKinds{Choice{"native", static_cast<int>(TokenKind::native)},
                            Choice{"erc20", static_cast<int>(TokenKind::erc20)},
                            Choice{"erc721", static_cast<int>(TokenKind::erc721)},
                            Choice{"erc1155", static_cast<int>(TokenKind::erc1155)}};
constexpr std::array kClasses{Choice{"cpop", static_cast<int>(SyncClass::cpop)},
                              Choice{"major", static_cast<int>(SyncClass::major)},
                              Choice{"other", static_cast<int>(SyncClass::other)},
                              Choice{"nft", static_cast<int>(SyncClass::nft)}};
constexpr std::array kOnDifferences{Choice{"mismatch", static_cast<int>(OnDifference::mismatch)},
                                    Choice{"sync", static_cast<int>(OnDifference::sync)}};

Millis interval_of(SyncClass sync_class, const sync::ChainSyncIntervals& intervals) {
    switch (sync_class) {
        case SyncClass::cpop:
            return intervals.cpop;
        case SyncClass::major:
            return intervals.major_tokens;
        case SyncClass::other:
            return intervals.other_tokens;
        case SyncClass::nft:
            break;
    }
    return intervals.nfts;
}

/// What one token's keys say; the kind decides which keys may stand there.
class TokenReader {
  public:
    TokenReader(MapReader item, const Settings& settings, ChainId chain)
        : item_(std::move(item)), settings_(settings) {
        token_.chain = chain;
        token_.mismatch_threshold = settings.reconciliation.mismatch_threshold;
    }

    Token read() {
        known_id_ = item_.required("token_id", token_.id.value, in_range(0, kTokenIdMax));
        known_kind_ = item_.required("kind", token_.kind, [](const Scalar& scalar) {
            return one_of_as<TokenKind>(scalar, kKinds);
        });
        item_.required("symbol", token_.symbol, text_of(1, kSymbolBytesMax));
        known_class_ = item_.required("sync_class", token_.sync_class, [](const Scalar& scalar) {
            return one_of_as<SyncClass>(scalar, kClasses);
        });
        read_decimals();
        read_contract();
        read_realtime();
        item_.value("mismatch_threshold", token_.mismatch_threshold, amount);
        token_.on_difference = known_class_ && token_.sync_class == SyncClass::cpop
                                   ? OnDifference::mismatch
                                   : OnDifference::sync;
        item_.value("on_difference", token_.on_difference, [](const Scalar& scalar) {
            return one_of_as<OnDifference>(scalar, kOnDifferences);
        });
        item_.finish();
        return token_;
    }

    bool known_id() const { return known_id_; }

    /// True when it is sure which contract (and id) this is.
    bool known_contract() const {
        return known_kind_ && (token_.kind == TokenKind::native || known_address_) && known_nft_id_;
    }

    MapReader& item() { return item_; }

  private:
    bool is_nft() const {
        return token_.kind == TokenKind::erc721 || token_.kind == TokenKind::erc1155;
    }

    void read_decimals() {
        const auto parse = in_range(0, limits::kDecimalsMax);
        const bool given = known_kind_ && is_nft()
                               ? item_.value("decimals", token_.decimals, parse)
                               : item_.required("decimals", token_.decimals, parse);
        if (given && known_kind_ && token_.kind == TokenKind::erc721 && token_.decimals != 0)
            item_.report_at("decimals", "an erc721 is counted in whole pieces: 0");
    }

    void read_contract() {
        const bool given = item_.value("address", token_.address, address);
        known_address_ = given && !token_.address.is_zero();
        if (given && token_.address.is_zero())
            item_.report_at("address", "the zero address is no contract");
        if (known_kind_ && token_.kind == TokenKind::native && item_.has("address"))
            item_.report_at("address", "a native currency has no contract; remove this key");
        if (known_kind_ && token_.kind != TokenKind::native) item_.require("address");
        U256 nft_id{0};
        if (item_.value("nft_id", nft_id, amount)) token_.nft_id = nft_id;
        known_nft_id_ = item_.has("nft_id") == token_.nft_id.has_value();
        if (known_kind_ && token_.kind != TokenKind::erc1155 && item_.has("nft_id"))
            item_.report_at("nft_id", "only an erc1155 may name one id");
    }

    void read_realtime() {
        // Who holds which NFT is only known from events.
        bool asked = is_nft();
        const bool given = item_.value("realtime", asked, yes_or_no);
        if (!known_kind_ || !known_class_) return;
        if (token_.kind == TokenKind::native) {
            if (asked)
                item_.report_at("realtime",
                                "a native currency has no events; it is polled instead");
            return;
        }
        const bool is_cpop = token_.sync_class == SyncClass::cpop;
        if (given && !asked && is_cpop)
            item_.report_at("realtime", "a token of class cpop is always real time");
        const Millis interval =
            interval_of(token_.sync_class, settings_.balance_sync.chain_sync_interval);
        token_.realtime = asked || is_cpop || interval == Millis{0};
    }

    MapReader item_;
    const Settings& settings_;
    Token token_;
    bool known_id_ = false;
    bool known_kind_ = false;
    bool known_class_ = false;
    bool known_address_ = false;
    bool known_nft_id_ = true;
};

/// Which tokens of a chain came before, by what must be unique among them.
class TokensSeen {
  public:
    explicit TokensSeen(std::string list_path) : list_path_(std::move(list_path)) {}

    void check_id(MapReader& item, const Token& token, std::size_t index) {
        const auto [first, is_new] = ids_.try_emplace(token.id, index);
        if (!is_new) item.report_at("token_id", "the same token_id as " + path_of(first->second));
    }

    void check_contract(MapReader& item, const Token& token, std::size_t index) {
        const auto [kind, new_contract] =
            kinds_.try_emplace(token.address, std::pair(token.kind, index));
        const auto [first, is_new] =
            contracts_.try_emplace(std::pair(token.address, token.nft_id), index);
        if (!is_new) {
            const bool native = token.kind == TokenKind::native;
            item.report_at(
                native ? "kind" : "address",
                std::string(native ? "a second native currency, after " : "the same contract as ") +
                    path_of(first->second));
        } else if (!new_contract && kind->second.first != token.kind) {
            item.report_at("kind", "another kind than " + path_of(kind->second.second) +
                                       " of the same contract");
        }
    }

  private:
    std::string path_of(std::size_t index) const {
        return list_path_ + '[' + std::to_string(index) + ']';
    }

    std::string list_path_;
    std::map<TokenId, std::size_t> ids_;
    std::map<Address, std::pair<TokenKind, std::size_t>> kinds_;
    std::map<std::pair<Address, std::optional<U256>>, std::size_t> contracts_;
};

}  // namespace

void read_tokens(ListReader tokens, const Settings& settings, ChainSettings& chain) {
    TokensSeen seen(tokens.path());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        TokenReader reader(tokens.map(i), settings, chain.chain);
        Token token = reader.read();
        if (reader.known_id()) seen.check_id(reader.item(), token, i);
        if (reader.known_contract()) seen.check_contract(reader.item(), token, i);
        chain.tokens.push_back(std::move(token));
    }
}

}  // namespace custodialbridge::config
