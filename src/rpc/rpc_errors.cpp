#include "rpc_errors.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace custodialbridge::rpc {

namespace {

struct Wording {
    std::string_view part;  // lower case
    Fault fault;
};

// The first match decides, so the telling wordings stand before the vague ones.
constexpr std::array kWordings{
    // Contract failures: a message may quote anything, so they come first.
    Wording{"execution reverted", Fault::reverted},
    Wording{"vm exception", Fault::reverted},
    Wording{"vm execution error", Fault::reverted},
    Wording{"transaction reverted", Fault::reverted},
    Wording{"evm error", Fault::reverted},
    Wording{"out of gas", Fault::reverted},
    Wording{"outofgas", Fault::reverted},
    Wording{"gas required exceeds", Fault::reverted},
    Wording{"invalid opcode", Fault::reverted},
    Wording{"opcodenotfound", Fault::reverted},
    Wording{"stack underflow", Fault::reverted},
    Wording{"stack limit reached", Fault::reverted},
    Wording{"invalid jump", Fault::reverted},
    Wording{"bad instruction", Fault::reverted},

    // Batches.
    Wording{"batch too large", Fault::batch},
    Wording{"batch is too large", Fault::batch},
    Wording{"batch request was too large", Fault::batch},
    Wording{"batch request is too large", Fault::batch},
    Wording{"batch too big", Fault::batch},
    Wording{"large batch", Fault::batch},
    Wording{"requests in batch", Fault::batch},
    Wording{"requests in a batch", Fault::batch},
    Wording{"requests per batch", Fault::batch},
    Wording{"calls in a batch", Fault::batch},
    Wording{"batch size", Fault::batch},
    Wording{"batch limit", Fault::batch},
    Wording{"batch request limit", Fault::batch},
    Wording{"batch of more than", Fault::batch},
    Wording{"number of calls in batch", Fault::batch},
    Wording{"batch requests are not", Fault::batch},
    Wording{"batches are not supported", Fault::batch},
    Wording{"batching is not", Fault::batch},

    // Pruned history and state.
    Wording{"missing trie node", Fault::pruned},
    Wording{"historical state", Fault::pruned},
    Wording{"state is not available", Fault::pruned},
    Wording{"state not available", Fault::pruned},
    Wording{"state unavailable", Fault::pruned},
    Wording{"no state available", Fault::pruned},
    Wording{"state already been pruned", Fault::pruned},
    Wording{"is pruned", Fault::pruned},
    Wording{"has been pruned", Fault::pruned},
    Wording{"pruned history", Fault::pruned},
    Wording{"due to pruning", Fault::pruned},
    Wording{"state pruning", Fault::pruned},
    Wording{"archive", Fault::pruned},
    Wording{"history not available", Fault::pruned},
    Wording{"history is not available", Fault::pruned},
    Wording{"block is out of range", Fault::pruned},
    Wording{"distance to target block exceeds maximum proof window", Fault::pruned},

    // Ranges that are no question of size.
    Wording{"beyond current head", Fault::orphaned},
    Wording{"invalid block range", Fault::malformed},

    // Too much asked: ranges, results, bytes, time.
    Wording{"block range", Fault::range},
    Wording{"blocks range", Fault::range},
    Wording{"range too large", Fault::range},
    Wording{"range is too large", Fault::range},
    Wording{"range too wide", Fault::range},
    Wording{"range too big", Fault::range},
    Wording{"range is too big", Fault::range},
    Wording{"range is too wide", Fault::range},
    Wording{"ranges over", Fault::range},
    Wording{"allowed range", Fault::range},
    Wording{"range limit", Fault::range},
    Wording{"block span", Fault::range},
    Wording{"blocks distance", Fault::range},
    Wording{"too many blocks", Fault::range},
    Wording{"must be smaller than size", Fault::range},
    Wording{"please specify an address", Fault::range},
    Wording{"exceeds the range", Fault::range},
    Wording{"maximum rpc range", Fault::range},
    Wording{"max range", Fault::range},
    Wording{"maximum range", Fault::range},
    Wording{"number of requested blocks", Fault::range},
    Wording{"limited to a", Fault::range},
    Wording{"limit the query to", Fault::range},
    Wording{"at most 1000 blocks", Fault::range},
    Wording{"more than 10000 results", Fault::range},
    Wording{"query returned more than", Fault::range},
    Wording{"returned more than", Fault::range},
    Wording{"max results", Fault::range},
    Wording{"too many results", Fault::range},
    Wording{"too many logs", Fault::range},
    Wording{"logs limit", Fault::range},
    Wording{"logs matched by query exceeds", Fault::range},
    Wording{"exceeds max", Fault::range},
    Wording{"response size", Fault::range},
    Wording{"response too large", Fault::range},
    Wording{"response is too big", Fault::range},
    Wording{"response is too large", Fault::range},
    Wording{"result too large", Fault::range},
    Wording{"content too large", Fault::range},
    Wording{"request entity too large", Fault::range},
    Wording{"body too large", Fault::range},
    Wording{"payload too large", Fault::range},
    Wording{"query timeout", Fault::range},
    Wording{"query timed out", Fault::range},
    Wording{"request timed out", Fault::range},
    Wording{"execution timeout", Fault::range},
    Wording{"execution aborted", Fault::range},
    Wording{"timeout exceeded", Fault::range},
    Wording{"took too long", Fault::range},
    Wording{"context deadline exceeded", Fault::range},

    // Rates and quotas.
    Wording{"rate limit", Fault::rate},
    Wording{"rate-limit", Fault::rate},
    Wording{"ratelimit", Fault::rate},
    Wording{"too many requests", Fault::rate},
    Wording{"request rate", Fault::rate},
    Wording{"rps limit", Fault::rate},
    Wording{"requests per second", Fault::rate},
    Wording{"requests per minute", Fault::rate},
    Wording{"calls per second", Fault::rate},
    Wording{"calls per minute", Fault::rate},
    Wording{"concurrent requests", Fault::rate},
    Wording{"max usage", Fault::rate},
    Wording{"usage limit", Fault::rate},
    Wording{"request count exceeded", Fault::rate},
    Wording{"request limit reached", Fault::rate},
    Wording{"requests limited", Fault::rate},
    Wording{"compute units per second", Fault::rate},
    Wording{"capacity exceeded", Fault::rate},
    Wording{"capacity limit", Fault::rate},
    Wording{"throughput", Fault::rate},
    Wording{"credits limited", Fault::rate},
    Wording{"quota", Fault::rate},
    Wording{"usage reached", Fault::rate},
    Wording{"limit exceeded", Fault::rate},
    Wording{"slow down", Fault::rate},
    Wording{"/second", Fault::rate},

    // Too vague to stand before the rates.
    Wording{"exceeds limit of", Fault::range},
    Wording{"exceeds the limit", Fault::range},

    // Blocks that the node does not know.
    Wording{"header not found", Fault::orphaned},
    Wording{"header for hash not found", Fault::orphaned},
    Wording{"block not found", Fault::orphaned},
    Wording{"block cannot be found", Fault::orphaned},
    Wording{"block could not be found", Fault::orphaned},
    Wording{"requested block not found", Fault::orphaned},
    Wording{"finalized block not found", Fault::orphaned},
    Wording{"safe block not found", Fault::orphaned},
    Wording{"unknown block", Fault::orphaned},
    Wording{"unknown header", Fault::orphaned},
    Wording{"not currently canonical", Fault::orphaned},
    Wording{"not canonical", Fault::orphaned},
    Wording{"blockoutofrange", Fault::orphaned},
    Wording{"could not be found", Fault::orphaned},
    Wording{"resource not found", Fault::orphaned},
    Wording{"cannot query unfinalized data", Fault::orphaned},
    Wording{"after last accepted block", Fault::orphaned},
    Wording{"latest block number is", Fault::orphaned},
    Wording{"block does not exist", Fault::orphaned},

    // Methods.
    Wording{"method not found", Fault::unsupported},
    Wording{"unsupported method", Fault::unsupported},
    Wording{"method not supported", Fault::unsupported},
    Wording{"method is not supported", Fault::unsupported},
    Wording{"method not available", Fault::unsupported},
    Wording{"does not exist/is not available", Fault::unsupported},
    Wording{"not whitelisted", Fault::unsupported},
    Wording{"not implemented", Fault::unsupported},
    Wording{"unknown method", Fault::unsupported},

    // Credentials.
    Wording{"unauthorized", Fault::denied},
    Wording{"unauthenticated", Fault::denied},
    Wording{"must be authenticated", Fault::denied},
    Wording{"api key", Fault::denied},
    Wording{"project id", Fault::denied},
    Wording{"access denied", Fault::denied},
    Wording{"access forbidden", Fault::denied},
    Wording{"forbidden", Fault::denied},

    // Requests that the node cannot read; "invalid argument 1: json: cannot unmarshal object" is
    // geth's.
    Wording{"cannot unmarshal", Fault::malformed},
    Wording{"invalid argument", Fault::malformed},
    Wording{"invalid params", Fault::malformed},
    Wording{"invalid parameters", Fault::malformed},
    Wording{"missing value for required argument", Fault::malformed},
    Wording{"did not match any variant", Fault::malformed},
};

constexpr std::size_t kTextMax = 300;

std::string lower(std::string_view text) {
    std::string out(text.substr(0, 4096));
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::optional<Fault> classify_code(std::int64_t code) {
    switch (code) {
        case 3:
            return Fault::reverted;
        case 429:
        case -32005:  // "limit exceeded" (EIP-1474)
        case -32007:
        case -32029:
            return Fault::rate;
        case -32001:
            return Fault::orphaned;  // "resource not found" (EIP-1474)
        case -32601:
        case -32004:
            return Fault::unsupported;
        case -32600:
        case -32602:
        case -32700:
            return Fault::malformed;
        case -32015:
            return Fault::reverted;
        case 4444:
            return Fault::pruned;
        default:
            return std::nullopt;
    }
}

}  // namespace

Errc errc_of(Fault fault) {
    switch (fault) {
        case Fault::busy:
        case Fault::rate:
            return Errc::unavailable;
        case Fault::range:
        case Fault::batch:
            return Errc::limited;
        case Fault::reverted:
        case Fault::denied:
            return Errc::refused;
        case Fault::malformed:
            return Errc::invalid;
        case Fault::orphaned:
            return Errc::orphaned;
        case Fault::pruned:
        case Fault::unsupported:
            return Errc::unsupported;
    }
    return Errc::unavailable;
}

Fault classify(std::int64_t code, std::string_view message) {
    if (code == 3) return Fault::reverted;
    const std::string text = lower(message);
    for (const Wording& wording : kWordings)
        if (text.find(wording.part) != std::string::npos) return wording.fault;
    return classify_code(code).value_or(Fault::busy);
}

Fault classify_http_status(unsigned status) {
    switch (status) {
        case 401:
        case 402:
        case 403:
            return Fault::denied;
        case 413:
            return Fault::range;
        case 429:
            return Fault::rate;
        case 404:
        case 405:
            return Fault::unsupported;
        default:
            return Fault::busy;
    }
}

std::string describe_rpc_error(std::int64_t code, std::string_view message) {
    std::string out(message.substr(0, kTextMax));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    if (out.empty()) out = "error";
    if (code != 0) out += " (" + std::to_string(code) + ")";
    return out;
}

}  // namespace custodialbridge::rpc
