#include "custodialbridge/core/state_sync.hpp"
#include "json_value.hpp"
#include "log_parser.hpp"
#include "parse_proof.hpp"

namespace custodialbridge::rpc {

namespace {

namespace json = simdjson::ondemand;

bool read_number(json::value& value, std::uint64_t& out) {
    const auto number = read_quantity(value);
    out = number.value_or(0);
    return number.has_value();
}

bool read_number(json::value& value, std::optional<std::uint64_t>& out) {
    out = read_quantity(value);
    return out.has_value();
}

bool read_address(json::value& value, Address& out) {
    const auto text = plain_string(value);
    return text && parse_hex_exact(*text, out.bytes);
}

/// Reads the receipts of one block.
class ReceiptParser {
  public:
    explicit ReceiptParser(const Hash32& block) : block_(block) {}

    Result<ReceiptsAnswer> parse(json::array array) {
        for (auto element : array) {
            json::object object;
            if (element.get_object().get(object)) return malformed("a receipt is not an object");
            CB_CHECKED(add(object, answer_.block.receipts.size()));
            const bool has_logs = logs_.logs().size() > first_log_;
            if (has_logs && logs_.logs()[first_log_].log_index != first_log_)
                return malformed(kNotNumbered);
        }
        return take();
    }

    Result<ReceiptsAnswer> parse_one(json::object object, std::size_t index) {
        CB_CHECKED(add(object, index));
        return take();
    }

    static constexpr const char* kNotNumbered =
        "a block's logs are not numbered from 0 without a gap";

  private:
    Result<void> add(json::object& object, std::size_t index) {
        if (const char* wrong = read(object)) return malformed(wrong);
        if (const char* absent = lacks()) return Error(Errc::unsupported, absent);
        if (const char* wrong = complaint(index)) return malformed(wrong);
        answer_.block.receipts.push_back(receipt_);
        answer_.transactions.push_back(transaction_);
        return {};
    }

    ReceiptsAnswer take() {
        answer_.block.logs = logs_.take();
        if (!answer_.transactions.empty() && ends_with_state_sync())
            answer_.block.outside_root = 1;
        return std::move(answer_);
    }

    bool ends_with_state_sync() const {
        return number_ && transaction_ == state_sync_transaction({{*number_}, block_});
    }

    enum : unsigned {
        kOutcome = 1,
        kGas = 2,
        kBloom = 4,
        kLogs = 8,
        kBlockHash = 16,
        kTxHash = 32,
        kTxIndex = 64,
        kAll = 127
    };

    const char* read(json::object& object) {
        receipt_ = {};
        number_.reset();
        found_ = 0;
        first_log_ = logs_.logs().size();
        for (auto field : object) {
            json::value value;
            if (field.value().get(value)) return "a receipt";
            const std::string_view key = key_text(field.key().value_unsafe());
            if (is_null(value)) continue;
            if (const char* wrong = read_field(key, value)) return wrong;
        }
        return nullptr;
    }

    const char* read_field(std::string_view key, json::value& value) {
        if (key == "logs") return read_logs(value);
        if (key == "logsBloom") {
            found_ |= kBloom;
            const auto text = plain_string(value);
            return text && parse_hex_exact(*text, receipt_.logs_bloom) ? nullptr
                                                                       : "a receipt's logsBloom";
        }
        if (key == "blockHash") {
            found_ |= kBlockHash;
            return read_hash(value, block_hash_) ? nullptr : "a receipt's blockHash";
        }
        if (key == "transactionHash") {
            found_ |= kTxHash;
            return read_hash(value, transaction_) ? nullptr : "a receipt's transactionHash";
        }
        if (key == "from" || key == "to" || key == "contractAddress") {
            Address party;  // not proven: some nodes leave it empty where there is none
            if (read_address(value, party)) answer_.parties.push_back(party);
            return nullptr;
        }
        if (key == "blockNumber") {
            number_ = read_quantity(value);
            return nullptr;
        }
        if (key == "transactionIndex") {
            found_ |= kTxIndex;
            return read_number(value, index_) ? nullptr : "a receipt's transactionIndex";
        }
        return read_proven_field(key, value);
    }

    const char* read_proven_field(std::string_view key, json::value& value) {
        if (key == "type") return read_number(value, receipt_.type) ? nullptr : "a receipt's type";
        if (key == "status") {
            found_ |= kOutcome;
            std::uint64_t status = 0;
            if (!read_number(value, status) || status > 1) return "a receipt's status";
            receipt_.outcome = status == 1;
            return nullptr;
        }
        if (key == "root") {  // of the time before EIP-658; later some nodes leave it empty
            Hash32 root;
            if ((found_ & kOutcome) || !read_hash(value, root)) return nullptr;
            found_ |= kOutcome;
            receipt_.outcome = root;
            return nullptr;
        }
        if (key == "cumulativeGasUsed") {
            found_ |= kGas;
            return read_number(value, receipt_.cumulative_gas_used)
                       ? nullptr
                       : "a receipt's cumulativeGasUsed";
        }
        if (key == "depositNonce")
            return read_number(value, receipt_.deposit_nonce) ? nullptr
                                                              : "a receipt's depositNonce";
        if (key == "depositReceiptVersion")
            return read_number(value, receipt_.deposit_receipt_version)
                       ? nullptr
                       : "a receipt's depositReceiptVersion";
        return nullptr;
    }

    const char* read_logs(json::value& value) {
        if (found_ & kLogs) return "a receipt has logs twice";
        found_ |= kLogs;
        json::array logs;
        if (value.get_array().get(logs)) return "a receipt's logs";
        for (auto element : logs) {
            json::object log;
            if (element.get_object().get(log)) return "a log is not an object";
            if (const char* wrong = logs_.add(log)) return wrong;
            ++receipt_.log_count;
        }
        return nullptr;
    }

    const char* lacks() const {
        if (!(found_ & kOutcome)) return "a receipt has neither status nor root";
        if (!(found_ & kGas)) return "a receipt has no cumulativeGasUsed";
        if (!(found_ & kBloom)) return "a receipt has no logsBloom";
        return found_ == kAll ? nullptr : "a receipt lacks logs or does not say where it stands";
    }

    /// What is wrong with where the receipt and its logs stand, or null.
    const char* complaint(std::size_t index) const {
        if (block_hash_ != block_) return "a receipt of another block than asked for";
        if (index_ != index) return "receipts are not in order";
        for (std::size_t i = first_log_; i < logs_.logs().size(); ++i) {
            const Log& log = logs_.logs()[i];
            if (log.block.hash != block_) return "a log of another block than its receipt";
            if (log.tx_hash != transaction_ || log.tx_index != index_)
                return "a log of another transaction than its receipt";
            if (log.log_index - logs_.logs()[first_log_].log_index != i - first_log_)
                return kNotNumbered;
        }
        return nullptr;
    }

    Hash32 block_;
    ReceiptsAnswer answer_;
    LogParser logs_;
    Receipt receipt_;  // the one that is being read, to the end
    Hash32 block_hash_, transaction_;
    std::optional<std::uint64_t> number_;  // the block's; not proven
    std::uint64_t index_ = 0;
    std::size_t first_log_ = 0;
    unsigned found_ = 0;
};

}  // namespace

Result<std::optional<ReceiptsAnswer>> parse_receipts(JsonValue& value, const Hash32& block) {
    if (is_null(value.raw())) return std::optional<ReceiptsAnswer>();
    json::array array;
    if (value.raw().get_array().get(array)) return malformed("receipts are not a list");
    CB_TRY(answer, ReceiptParser(block).parse(array));
    return std::optional(std::move(answer));
}

Result<std::optional<ReceiptsAnswer>> parse_receipt(JsonValue& value, const Hash32& block,
                                                    std::size_t index) {
    if (is_null(value.raw())) return std::optional<ReceiptsAnswer>();
    json::object object;
    if (value.raw().get_object().get(object)) return malformed("a receipt is not an object");
    CB_TRY(answer, ReceiptParser(block).parse_one(object, index));
    return std::optional(std::move(answer));
}

Result<ReceiptsAnswer> join_receipts(std::vector<ReceiptsAnswer> receipts) {
    ReceiptsAnswer all;
    for (ReceiptsAnswer& one : receipts) {
        LogBatch& to = all.block.logs;
        const LogBatch& from = one.block.logs;
        // Some nodes number each receipt's logs from 0; the order of all is what a proof proves.
        const std::size_t first = from.logs.empty() ? 0 : from.logs.front().log_index;
        if (all.block.outside_root > 0) return malformed("a receipt after a state sync's");
        all.block.outside_root = one.block.outside_root;
        if (first != 0 && first != to.logs.size()) return malformed(ReceiptParser::kNotNumbered);
        for (Log log : from.logs) {
            log.log_index = static_cast<std::uint32_t>(to.logs.size());
            log.data_offset += static_cast<std::uint32_t>(to.data.size());
            to.logs.push_back(log);
        }
        to.data.insert(to.data.end(), from.data.begin(), from.data.end());
        all.block.receipts.insert(all.block.receipts.end(), one.block.receipts.begin(),
                                  one.block.receipts.end());
        all.transactions.insert(all.transactions.end(), one.transactions.begin(),
                                one.transactions.end());
        all.parties.insert(all.parties.end(), one.parties.begin(), one.parties.end());
    }
    return all;
}

}  // namespace custodialbridge::rpc
