#include "pinned_read.hpp"

#include <algorithm>
#include <deque>

#include "chain_calls.hpp"
#include "custodialbridge/core/hex.hpp"
#include "custodialbridge/core/limits.hpp"
#include "parse_chain.hpp"

namespace custodialbridge::rpc {

namespace {

constexpr std::size_t kMulticallsPerBatch = 4;
constexpr int kTriesMax = 20;
constexpr Millis kBetweenTries{5};
constexpr std::size_t kHopelessFailures =
    32;  // with not one success: it is the node, not a contract

Error unknown_balance(const Error& error) {
    // A revert is the contract's answer and stays; the rest may pass.
    const bool reverted = error.code() == Errc::refused || error.code() == Errc::invalid;
    return {reverted ? Errc::invalid : Errc::unavailable, error.message()};
}

BalanceAnswer balance_in(std::span<const std::uint8_t> data, const BalanceQuestion& question) {
    if (!question.by_owner) return abi::decode_u256(data);
    CB_TRY(owner, abi::decode_address(data));
    return U256(owner == question.holder ? 1 : 0);
}

/// Nothing when it is no answer at all: neither data nor a number. What data means is the
/// contract's matter.
std::optional<BalanceAnswer> balance_in(const Result<std::string>& text,
                                        const BalanceQuestion& question) {
    if (!text) return unknown_balance(text.error());
    if (question.of_code) {
        const auto code = parse_hex(*text);
        return code ? std::optional<BalanceAnswer>(U256(code->empty() ? 0 : 1)) : std::nullopt;
    }
    if (question.contract.is_zero()) {
        const auto value = parse_u256_quantity(*text);
        return value ? std::optional<BalanceAnswer>(*value) : std::nullopt;
    }
    const auto data = parse_hex(*text);
    return data ? std::optional<BalanceAnswer>(balance_in(*data, question)) : std::nullopt;
}

abi::Bytes balance_call(const BalanceQuestion& question) {
    if (question.by_owner) return abi::encode_owner_of(question.nft_id.value_or(0));
    return question.nft_id ? abi::encode_balance_of(question.holder, *question.nft_id)
                           : abi::encode_balance_of(question.holder);
}


std::string lower_hex(const Address& address) {
    return to_hex(address.bytes);
}

std::string json_text(const std::string& plain) {
    return '"' + plain + '"';
}

Call eth_call(const Address& to, const abi::Bytes& data, const std::string& pin) {
    return {"eth_call",
            R"([{"to":")" + lower_hex(to) + R"(","data":")" + to_hex(data) + "\"}," + pin + "]"};
}

}  // namespace

std::string PinnedRead::pin() const {
    if (endpoint_.block_by_hash == Support::no) return json_text(to_quantity(at_.number.value));
    return R"({"blockHash":")" + to_string(at_.hash) + R"(","requireCanonical":true})";
}

Task<Result<std::vector<BalanceAnswer>>> PinnedRead::run() {
    CB_CO_CHECKED(co_await prepare());
    const auto head = endpoint_.health().head();
    older_ = head && *head > at_.number;
    if (endpoint_.block_by_hash == Support::no) CB_CO_CHECKED(co_await is_settled());
    for (int tries = 0; tries < kTriesMax; ++tries) {
        CB_CO_CHECKED(co_await read_all());
        CB_CO_TRY(settled, co_await is_settled());
        if (settled) co_return std::move(answers_);
        if (!older_) co_await endpoint_.clock().sleep_until(endpoint_.now() + kBetweenTries);
    }
    co_return Error(Errc::unavailable, endpoint_.name() + ": the newest state does not settle");
}

/// Whether what was read before this call is our block's; `orphaned` when that is not canonical.
Task<Result<bool>> PinnedRead::is_settled() {
    const bool was_older = older_;
    std::optional<Hash32> root;
    if (!was_older && endpoint_.head_is_atomic == Support::no) {
        CB_CO_TRY(found, co_await state_root_behind(endpoint_, pin(), by_));
        root = found;
    }
    CB_CO_TRY(view, co_await view_chain(endpoint_, at_.number, by_));
    if (!view.block || view.block->ref.hash != at_.hash)
        co_return Error(Errc::orphaned, endpoint_.name() + ": block " +
                                            std::to_string(at_.number.value) + " is not " +
                                            to_string(at_.hash));
    older_ = view.latest.ref.number > at_.number;
    if (was_older) co_return true;
    co_return view.latest.ref == at_ && (!root || *root == view.state_root);
}

Task<Result<void>> PinnedRead::prepare() {
    if (endpoint_.head_is_atomic == Support::unknown) CB_CO_CHECKED(co_await learn_node());
    const auto stands = site_.stands_at(at_.number, endpoint_.now());
    by_multicall_ = stands.value_or(false);
    if (stands && endpoint_.block_by_hash != Support::unknown) co_return Result<void>();
    CB_CO_TRY(code, co_await code_at_block());
    if (stands) co_return Result<void>();
    by_multicall_ = code != "0x";
    site_.found(at_.number, by_multicall_, endpoint_.now());
    co_return Result<void>();
}

Task<Result<void>> PinnedRead::learn_node() {
    std::vector<Call> calls(1, Call{"web3_clientVersion", "[]"});
    CB_CO_TRY(versions, co_await texts(endpoint_, std::move(calls), by_));
    const bool is_anvil = versions[0] && versions[0]->starts_with("anvil");
    endpoint_.head_is_atomic = is_anvil ? Support::no : Support::yes;
    co_return Result<void>();
}

/// The code at Multicall3's address. The first time it also shows whether the node takes blocks by
/// hash.
Task<Result<std::string>> PinnedRead::code_at_block() {
    const std::string subject = "[\"" + lower_hex(site_.address()) + "\",";
    std::vector<Call> calls(1, Call{"eth_getCode", subject + pin() + "]"});
    CB_CO_TRY(codes, co_await texts(endpoint_, calls, by_));
    if (endpoint_.block_by_hash != Support::unknown) co_return std::move(codes[0]);
    if (codes[0]) {
        endpoint_.block_by_hash = Support::yes;
        co_return std::move(codes[0]);
    }
    const Errc said = codes[0].error().code();
    if (said != Errc::invalid && said != Errc::unsupported) co_return codes[0].error();
    calls[0].parameters = subject + json_text(to_quantity(at_.number.value)) + "]";
    CB_CO_TRY(by_number, co_await texts(endpoint_, std::move(calls), by_));
    if (!by_number[0]) co_return codes[0].error();
    endpoint_.block_by_hash = Support::no;
    co_return std::move(by_number[0]);
}

Task<Result<void>> PinnedRead::read_all() {
    answers_.assign(questions_.size(), Error(Errc::unavailable, "not read"));
    alone_.clear();
    if (by_multicall_) {
        CB_CO_CHECKED(co_await read_by_multicall());
    } else {
        for (std::size_t i = 0; i < questions_.size(); ++i) alone_.push_back(i);
    }
    co_return co_await read_directly(std::move(alone_));
}

Task<Result<void>> PinnedRead::read_by_multicall() {
    std::deque<Part> parts;
    for (std::size_t first = 0; first < questions_.size(); first += limits::kCallsPerMulticallMax)
        parts.push_back({first, std::min<std::size_t>(limits::kCallsPerMulticallMax,
                                                      questions_.size() - first)});
    while (!parts.empty()) {
        const auto some = static_cast<std::ptrdiff_t>(std::min(kMulticallsPerBatch, parts.size()));
        const std::vector<Part> batch(parts.begin(), parts.begin() + some);
        parts.erase(parts.begin(), parts.begin() + some);
        std::vector<Call> calls;
        for (const Part part : batch) calls.push_back(multicall(part));
        CB_CO_TRY(results, co_await texts(endpoint_, std::move(calls), by_));
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (take_multicall(batch[i], results[i])) continue;
            if (!results[i] && hopeless(results[i].error())) co_return results[i].error();
            const auto [first, count] = batch[i];
            if (count == 1) {
                alone_.push_back(first);
            } else {
                parts.push_back({first, count / 2});
                parts.push_back({first + count / 2, count - count / 2});
            }
        }
    }
    co_return Result<void>();
}

/// False when the multicall as a whole told us nothing.
bool PinnedRead::take_multicall(Part part, const Result<std::string>& text) {
    if (!text) return false;
    if (*text == "0x") {  // there is no contract at this block after all
        for (std::size_t i = 0; i < part.count; ++i) alone_.push_back(part.first + i);
        site_.found(at_.number, false, endpoint_.now());
        return true;
    }
    const auto data = parse_hex(*text);
    if (!data) return false;
    const auto outcomes = abi::decode_aggregate3(*data, part.count);
    if (!outcomes) return false;
    ++good_;
    for (std::size_t i = 0; i < part.count; ++i) {
        const abi::CallOutcome& outcome = (*outcomes)[i];
        if (outcome.success && !questions_[part.first + i].of_code) {
            answers_[part.first + i] = balance_in(outcome.data, questions_[part.first + i]);
        } else {
            alone_.push_back(part.first + i);  // a balance perhaps ran out of the others' gas
        }
    }
    return true;
}

Task<Result<void>> PinnedRead::read_directly(std::vector<std::size_t> which) {
    if (which.empty()) co_return Result<void>();
    std::vector<Call> calls;
    calls.reserve(which.size());
    for (const std::size_t index : which) calls.push_back(direct_call(questions_[index]));
    CB_CO_TRY(results, co_await texts(endpoint_, std::move(calls), by_));
    if (good_ == 0 && no_call_was_taken(results)) {
        endpoint_.block_by_hash = Support::unknown;
        CB_CO_CHECKED(co_await code_at_block());
        if (endpoint_.block_by_hash == Support::no) co_return results.front().error();
    }
    for (std::size_t i = 0; i < which.size(); ++i) {
        if (results[i])
            ++good_;
        else if (hopeless(results[i].error()))
            co_return results[i].error();
        auto answer = balance_in(results[i], questions_[which[i]]);
        if (!answer)
            co_return Error(Errc::unavailable,
                            endpoint_.name() + ": bad answer: neither data nor a number");
        answers_[which[i]] = std::move(*answer);
    }
    co_return Result<void>();
}

/// A node that took block hashes once may have become another one, or be another one's mouth. Or
/// all that was asked are contracts that refuse to answer.
bool PinnedRead::no_call_was_taken(const std::vector<Result<std::string>>& results) const {
    return endpoint_.block_by_hash == Support::yes &&
           std::all_of(results.begin(), results.end(), [](const auto& result) {
               return !result && result.error().code() == Errc::invalid;
           });
}

/// Whether a failed call says that the rest of the read will fail as well.
bool PinnedRead::hopeless(const Error& error) {
    ++bad_;
    switch (error.code()) {
        case Errc::orphaned:
        case Errc::unsupported:
        case Errc::timed_out:
            return true;
        default:
            break;
    }
    if (!endpoint_.health().usable(endpoint_.now())) return true;  // rate limited meanwhile
    return good_ == 0 && bad_ >= kHopelessFailures && error.code() == Errc::unavailable;
}

Call PinnedRead::multicall(Part part) const {
    std::vector<abi::Call> inner;
    inner.reserve(part.count);
    for (std::size_t i = part.first; i < part.first + part.count; ++i) {
        const BalanceQuestion& question = questions_[i];
        if (question.contract.is_zero() || question.of_code) {  // code has no call of its own
            inner.push_back({site_.address(), abi::encode_get_eth_balance(question.holder)});
        } else {
            inner.push_back({question.contract, balance_call(question)});
        }
    }
    return eth_call(site_.address(), abi::encode_aggregate3(inner), pin());
}

Call PinnedRead::direct_call(const BalanceQuestion& question) const {
    if (question.of_code)
        return {"eth_getCode", "[\"" + lower_hex(question.contract) + "\"," + pin() + "]"};
    if (!question.contract.is_zero())
        return eth_call(question.contract, balance_call(question), pin());
    return {"eth_getBalance", "[\"" + lower_hex(question.holder) + "\"," + pin() + "]"};
}

}  // namespace custodialbridge::rpc
