#include "chain_calls.hpp"

#include <algorithm>

#include "custodialbridge/core/hex.hpp"
#include "parse_chain.hpp"

namespace custodialbridge::rpc {

namespace {

std::string_view text_of(BlockTag tag) {
    switch (tag) {
        case BlockTag::latest:
            return "latest";
        case BlockTag::safe:
            return "safe";
        case BlockTag::finalized:
            return "finalized";
    }
    return "latest";
}

using Headers = std::vector<std::optional<BlockHeader>>;

ResultReader headers_into(Headers& headers) {
    return [&headers](std::size_t call, JsonValue& result) -> Result<void> {
        CB_TRY(header, parse_header(result));
        headers[call] = header;
        return {};
    };
}

/// A node that lacks a safe or finalized block says so in many ways.
bool means_no_such_tag(Errc code) {
    return code == Errc::orphaned || code == Errc::invalid || code == Errc::unsupported ||
           code == Errc::not_found;
}

}  // namespace

Error contradiction(const Endpoint& endpoint, std::string_view what) {
    return {Errc::unavailable, endpoint.name() + ": bad answer: " + std::string(what)};
}

Call block_by_hash(const Hash32& hash) {
    return {"eth_getBlockByHash", "[\"" + to_string(hash) + "\",false]"};
}

Call whole_block_by_hash(const Hash32& hash) {
    return {"eth_getBlockByHash", "[\"" + to_string(hash) + "\",true]"};
}

Call block_by(std::string_view block) {
    return {"eth_getBlockByNumber", "[\"" + std::string(block) + "\",false]"};
}

TagMemory& memory_of(Endpoint& endpoint, BlockTag tag) {
    return tag == BlockTag::safe ? endpoint.safe_tag : endpoint.finalized_tag;
}

namespace {

Task<Result<BlockHeader>> latest_header(Endpoint& endpoint, Deadline by) {
    std::vector<Call> calls(1, block_by("latest"));
    Headers headers(1);
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), headers_into(headers), by));
    CB_CO_CHECKED(all_of(outcomes));
    if (!headers[0]) co_return contradiction(endpoint, "no latest block");
    endpoint.health().head_is(endpoint.now(), headers[0]->ref.number);
    co_return *headers[0];
}

}  // namespace

Task<Result<BlockHeader>> tagged_header(Endpoint& endpoint, BlockTag tag, Deadline by) {
    if (tag == BlockTag::latest) co_return co_await latest_header(endpoint, by);
    std::vector<Call> calls(1, block_by(text_of(tag)));
    Headers headers(1);
    bool was_given_one = false;
    ResultReader reader = [&](std::size_t call, JsonValue& result) {
        was_given_one = true;
        return headers_into(headers)(call, result);
    };
    const Instant paused = endpoint.health().paused_until();
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), std::move(reader), by));
    TagMemory& memory = memory_of(endpoint, tag);
    if (headers[0]) {
        memory.answered(endpoint.now());
        co_return *headers[0];
    }
    Error why(Errc::orphaned, endpoint.name() + ": has no " + std::string(text_of(tag)) + " block");
    bool plainly = true;
    if (auto good = all_of(outcomes); !good) {
        why = good.error();
        plainly = means_no_such_tag(why.code());
        const bool rate_limited = endpoint.health().paused_until() != paused;
        if (rate_limited || (was_given_one && !plainly)) co_return why;
    }
    // Whoever cannot answer at all says nothing of the tag.
    if (!plainly) CB_CO_CHECKED(co_await latest_header(endpoint, by));
    const bool lacks = memory.refused(endpoint.now(), plainly);
    co_return Error(lacks ? Errc::unsupported : Errc::orphaned, why.message());
}

Task<Result<Headers>> numbered_headers(Endpoint& endpoint, std::vector<BlockNumber> blocks,
                                       Deadline by) {
    std::vector<Call> calls;
    calls.reserve(blocks.size());
    for (const BlockNumber block : blocks) calls.push_back(block_by(to_quantity(block.value)));
    Headers headers(blocks.size());
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), headers_into(headers), by));
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        // Some nodes call a block after their newest one an error.
        if (!outcomes[i] && outcomes[i].error().code() != Errc::orphaned)
            co_return outcomes[i].error();
        if (!headers[i]) continue;
        if (headers[i]->ref.number != blocks[i])
            co_return contradiction(endpoint, "another block than asked for");
        endpoint.health().has_block(endpoint.now(), blocks[i]);
    }
    co_return std::move(headers);
}

Task<Result<ChainView>> view_chain(Endpoint& endpoint, BlockNumber block, Deadline by) {
    std::vector<Call> calls;
    calls.push_back(block_by(to_quantity(block.value)));
    calls.push_back(block_by("latest"));
    Headers headers(2);
    ChainView view;
    ResultReader reader = [&](std::size_t call, JsonValue& result) -> Result<void> {
        Hash32* root = call == 0 ? &view.state_root : nullptr;
        CB_TRY(header, parse_header(result, {.state_root = root}));
        headers[call] = header;
        return {};
    };
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), std::move(reader), by));
    CB_CO_CHECKED(all_of(outcomes));
    if (!headers[1]) co_return contradiction(endpoint, "no latest block");
    if (headers[0] && headers[0]->ref.number != block)
        co_return contradiction(endpoint, "another block than asked for");
    endpoint.health().head_is(endpoint.now(), headers[1]->ref.number);
    view.block = headers[0];
    view.latest = *headers[1];
    co_return view;
}

Task<Result<Hash32>> state_root_behind(Endpoint& endpoint, std::string pin, Deadline by) {
    const std::string anybody = to_hex(Address{}.bytes);
    std::vector<Call> calls(1, Call{"eth_getProof", "[\"" + anybody + "\",[]," + pin + "]"});
    Hash32 root;
    ResultReader reader = [&root](std::size_t, JsonValue& result) -> Result<void> {
        CB_TRY(proven, parse_proof_root(result));
        root = proven;
        return {};
    };
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), std::move(reader), by));
    CB_CO_CHECKED(all_of(outcomes));
    co_return root;
}

Task<Result<std::vector<BlockHeader>>> linked_headers(Endpoint& endpoint, BlockNumber first,
                                                      std::uint32_t count, Deadline by) {
    std::vector<BlockNumber> blocks(count);
    for (std::uint32_t i = 0; i < count; ++i) blocks[i].value = first.value + i;
    CB_CO_TRY(found, co_await numbered_headers(endpoint, std::move(blocks), by));
    std::vector<BlockHeader> headers;
    headers.reserve(found.size());
    for (const auto& header : found) {
        if (!header) break;
        if (!headers.empty() && header->parent != headers.back().ref.hash)
            co_return contradiction(endpoint, "its blocks do not link");
        headers.push_back(*header);
    }
    if (headers.size() < found.size() && first.value > 0) {
        const BlockNumber last{first.value + headers.size() - 1};
        endpoint.health().head_is(endpoint.now(), last);
    }
    co_return std::move(headers);
}

Task<Result<std::vector<BlockHeader>>> all_headers(Endpoint& endpoint,
                                                   std::vector<BlockNumber> blocks, Deadline by) {
    CB_CO_TRY(found, co_await numbered_headers(endpoint, std::move(blocks), by));
    std::vector<BlockHeader> headers;
    headers.reserve(found.size());
    for (const auto& header : found) {
        if (!header) co_return contradiction(endpoint, "it lacks a block that is final");
        headers.push_back(*header);
    }
    co_return std::move(headers);
}

namespace {

/// An endpoint that takes less is asked for so many pieces, and not for more.
constexpr std::uint64_t kPiecesMax = 8;

Task<Result<LogBatch>> logs_at_once(Endpoint& endpoint, BlockNumber first, BlockNumber last,
                                    const LogFilter& filter, Deadline by) {
    LogBatch logs;
    Headers headers(1);
    const LogChecks checks(filter, first, last);
    ResultReader reader = [&](std::size_t call, JsonValue& result) -> Result<void> {
        if (call == 1) return headers_into(headers)(0, result);
        CB_TRY(parsed, parse_logs(result, checks, LogShare::most));
        logs = std::move(parsed);
        return {};
    };
    std::vector<Call> calls;
    calls.push_back({"eth_getLogs", log_query(filter, first, last)});
    calls.push_back(block_by(to_quantity(last.value)));
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), std::move(reader), by));
    CB_CO_CHECKED(all_of(outcomes));
    if (!headers[0])
        co_return Error(Errc::orphaned,
                        endpoint.name() + ": does not have block " + std::to_string(last.value));
    if (headers[0]->ref.number != last)
        co_return contradiction(endpoint, "another block than asked for");
    const bool ends_in_last = !logs.logs.empty() && logs.logs.back().block.number == last;
    if (ends_in_last && logs.logs.back().block.hash != headers[0]->ref.hash)
        co_return contradiction(endpoint, "a log of another block than its header says");
    endpoint.health().has_block(endpoint.now(), last);
    co_return std::move(logs);
}

void append(LogBatch& logs, LogBatch more) {
    if (logs.logs.empty()) {
        logs = std::move(more);
        return;
    }
    const auto before = static_cast<std::uint32_t>(logs.data.size());
    for (Log& log : more.logs) log.data_offset += before;
    logs.logs.insert(logs.logs.end(), more.logs.begin(), more.logs.end());
    logs.data.insert(logs.data.end(), more.data.begin(), more.data.end());
}

}  // namespace

Task<Result<LogBatch>> ranged_logs(Endpoint& endpoint, BlockNumber first, BlockNumber last,
                                   const LogFilter& filter, Deadline by) {
    LogBatch logs;
    while (first <= last) {
        const std::uint64_t left = last.value - first.value + 1;
        const std::uint64_t most = endpoint.log_range.most();
        if (left / kPiecesMax >= most && left > kPiecesMax * most)
            co_return Error(Errc::limited, endpoint.name() + ": logs of at most " +
                                               std::to_string(most) + " blocks at a time");
        const std::uint64_t blocks = std::min(left, most);
        const BlockNumber end{first.value + blocks - 1};
        auto piece = co_await logs_at_once(endpoint, first, end, filter, by);
        if (!piece && piece.error().code() == Errc::limited) {
            endpoint.log_range.refused(blocks);
            if (blocks > 1 && endpoint.health().usable(endpoint.now())) continue;
        }
        if (!piece) co_return piece.error();
        endpoint.log_range.took(blocks);
        append(logs, std::move(*piece));
        first.value = end.value + 1;
    }
    co_return std::move(logs);
}

Task<Result<std::vector<Result<std::string>>>> texts(Endpoint& endpoint, std::vector<Call> calls,
                                                     Deadline by) {
    std::vector<Result<std::string>> out(calls.size(), Error(Errc::unavailable, "not read"));
    ResultReader reader = [&out](std::size_t call, JsonValue& result) -> Result<void> {
        CB_TRY(text, parse_text(result));
        out[call] = std::move(text);
        return {};
    };
    CB_CO_TRY(outcomes, co_await endpoint.send(std::move(calls), std::move(reader), by));
    for (std::size_t i = 0; i < out.size(); ++i)
        if (!outcomes[i]) out[i] = outcomes[i].error();
    co_return std::move(out);
}

}  // namespace custodialbridge::rpc
