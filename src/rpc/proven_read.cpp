#include "proven_read.hpp"

#include <algorithm>
#include <span>

#include "chain_calls.hpp"
#include "custodialbridge/core/bloom.hpp"
#include "custodialbridge/telemetry/log.hpp"

namespace custodialbridge::rpc {

namespace {

constexpr std::size_t kBlocksAtOnce = 8;  // the receipts of a large block are some megabytes
constexpr std::chrono::minutes kSilence{10};  // then an endpoint without proofs is tried again

Call receipts_call(const Hash32& block, bool by_plain_hash) {
    const std::string hash = '"' + to_string(block) + '"';
    return {"eth_getBlockReceipts",
            by_plain_hash ? "[" + hash + "]" : R"([{"blockHash":)" + hash + "}]"};
}

LogBatch wanted_of(const LogBatch& all, const LogChecks& checks) {
    LogBatch wanted;
    for (Log log : all.logs) {
        if (!checks.wants(log)) continue;
        const auto data = all.data_of(log);
        log.data_offset = static_cast<std::uint32_t>(wanted.data.size());
        wanted.data.insert(wanted.data.end(), data.begin(), data.end());
        wanted.logs.push_back(log);
    }
    return wanted;
}

/// Of the logs themselves: what receipts say are their blooms proves nothing without the root.
Bloom bloom_of(std::span<const Log> logs) {
    Bloom bloom{};
    for (const Log& log : logs) {
        bloom_add(bloom, log.address.bytes);
        for (const Hash32& topic : std::span(log.topics).first(log.topic_count))
            bloom_add(bloom, topic.bytes);
    }
    return bloom;
}

}  // namespace

ProvenRead::ProvenRead(Endpoint& endpoint, Proof proof, Unproven unproven,
                       const std::vector<Hash32>& blocks, const LogFilter& filter, Deadline by)
    : endpoint_(endpoint),
      proof_(proof),
      unproven_(unproven),
      blocks_(blocks),
      filter_(filter),
      checks_(filter, BlockNumber{0}, BlockNumber{~std::uint64_t{0}}),
      by_(by) {}

Task<Result<std::vector<BlockFacts>>> ProvenRead::run() {
    if (proof_ == Proof::automatic && endpoint_.proves == Support::no &&
        endpoint_.now() >= endpoint_.ask_for_proof) {
        endpoint_.proves = Support::unknown;
        endpoint_.receipts_by_plain_hash = Support::unknown;
        endpoint_.block_receipts = Support::unknown;
    }
    if (!wants_proof()) {
        if (unproven_ == Unproven::passed)
            co_return Error(Errc::corrupt, endpoint_.name() + ": does not prove its logs");
        CB_CO_TRY(claimed, co_await block_facts(endpoint_, blocks_, filter_, by_));
        if (proof_ == Proof::automatic && endpoint_.proves == Support::no)
            for (BlockFacts& one : claimed) one.unprovable = endpoint_.unprovable;
        co_return std::move(claimed);
    }
    facts_.assign(blocks_.size(), std::nullopt);
    unprovable_.assign(blocks_.size(), Unprovable::no);
    std::size_t at_once = kBlocksAtOnce;
    for (std::size_t done = 0; done < blocks_.size() && !is_hopeless();) {
        const Part part{done, std::min(at_once, blocks_.size() - done)};
        CB_CO_TRY(next, co_await ask(part));
        if (next == Next::ask_again) continue;
        if (next == Next::ask_less) {
            at_once = (part.count + 1) / 2;
            continue;
        }
        CB_CO_CHECKED(take(part));
        done += part.count;
    }
    co_return co_await complete();
}

bool ProvenRead::wants_proof() const {
    if (proof_ == Proof::automatic) return endpoint_.proves != Support::no && !filter_.empty();
    return proof_ == Proof::required;
}

/// Whether asking for the rest would show nothing new.
bool ProvenRead::is_hopeless() const {
    if (!silence_) return false;
    return proof_ == Proof::required || (silence_->lasting && endpoint_.proves != Support::yes);
}

Task<Result<ProvenRead::Next>> ProvenRead::ask(Part part) {
    if (endpoint_.block_receipts == Support::no) co_return co_await ask_one_by_one(part);
    told_.assign(part.count, Told());
    std::vector<Call> calls;
    for (std::size_t i = part.first; i < part.first + part.count; ++i) {
        calls.push_back(block_by_hash(blocks_[i]));
        calls.push_back(receipts_call(blocks_[i], endpoint_.receipts_by_plain_hash != Support::no));
    }
    ResultReader reader = [this, part](std::size_t call, JsonValue& result) {
        return read(blocks_[part.first + call / 2], call % 2 == 0, told_[call / 2], result);
    };
    const auto outcomes = co_await endpoint_.send(std::move(calls), std::move(reader), by_);
    bool too_much = false;
    for (std::size_t i = 0; i < part.count; ++i) {
        Told& told = told_[i];
        told.header_said = outcomes ? (*outcomes)[2 * i] : outcomes.error();
        told.receipts_said = outcomes ? (*outcomes)[2 * i + 1] : outcomes.error();
        for (const auto* said : {&told.header_said, &told.receipts_said})
            too_much |= !*said && said->error().code() == Errc::limited;
    }
    if (too_much && part.count > 1) co_return Next::ask_less;
    co_return learn_parameter() || learn_method() ? Next::ask_again : Next::judge;
}

Result<void> ProvenRead::read(const Hash32& block, bool is_header, Told& told, JsonValue& result) {
    const auto noted = [&](const Error& error) {
        if (error.code() == Errc::unavailable)
            (is_header ? told.bad_header : told.bad_receipts) = error.at(endpoint_.name());
        return error;
    };
    if (is_header) {
        auto header = parse_whole_header(result);
        if (!header) return noted(header.error());
        told.header = std::move(*header);
        return {};
    }
    auto receipts = parse_receipts(result, block);
    if (!receipts) return noted(receipts.error());
    if (!*receipts) return {};
    take_receipts(told, std::move(**receipts));
    return {};
}

void ProvenRead::take_receipts(Told& told, ReceiptsAnswer answer) {
    told.has_receipts = true;
    told.root = receipts_root(answer.block);
    told.unknown = unknown_type_in(answer.block);
    told.transactions = std::move(answer.transactions);
    if (answer.block.outside_root > 0) {
        told.state_sync = told.transactions.back();
        told.transactions.pop_back();
    }
    told.parties = std::move(answer.parties);
    told.logs_in_root = static_cast<std::uint32_t>(answer.block.logs_in_root());
    told.bloom = bloom_of(std::span(answer.block.logs.logs).first(told.logs_in_root));
    told.logs = wanted_of(answer.block.logs, checks_);
    told.outside_root = static_cast<std::uint32_t>(
        std::count_if(told.logs.logs.begin(), told.logs.logs.end(),
                      [&](const Log& log) { return log.log_index >= told.logs_in_root; }));
}

/// True when receipts are to be asked for with the other form of the parameter.
bool ProvenRead::learn_parameter() {
    if (endpoint_.receipts_by_plain_hash != Support::unknown) return false;
    for (const Told& told : told_) {
        if (told.receipts_said) {
            endpoint_.receipts_by_plain_hash = Support::yes;
            return false;
        }
        if (told.receipts_said.error().code() == Errc::invalid)
            endpoint_.receipts_by_plain_hash = Support::no;
    }
    return endpoint_.receipts_by_plain_hash == Support::no;
}

/// True when receipts are to be asked for one by one.
bool ProvenRead::learn_method() {
    if (endpoint_.block_receipts != Support::unknown) return false;
    for (const Told& told : told_)
        if (told.has_receipts) endpoint_.block_receipts = Support::yes;
    if (endpoint_.block_receipts == Support::yes || told_.empty()) return false;
    const Told& told = told_.front();
    const bool is_refused =
        !told.receipts_said && is_lasting_refusal(told.receipts_said.error().code());
    if (told.header && is_refused) endpoint_.block_receipts = Support::no;
    return endpoint_.block_receipts == Support::no;
}

/// All are judged, also after one that fails: the doubt about the roots counts blocks.
Result<void> ProvenRead::take(Part part) {
    Result<void> taken;
    for (std::size_t i = 0; i < part.count; ++i) {
        Told& told = told_[i];
        Finding finding = judge(blocks_[part.first + i], told);
        if (finding.kind == Finding::Kind::failed && taken) taken = finding.why;
        if (!taken) continue;
        if (finding.kind == Finding::Kind::silent) {
            unprovable_[part.first + i] = finding.unprovable;
            if (!silence_ || (finding.lasting && !silence_->lasting)) silence_ = std::move(finding);
            continue;
        }
        keep(part.first + i, told);
    }
    return taken;
}

void ProvenRead::keep(std::size_t block, Told& told) {
    if (!told.is_ruled_out && !told.has_new_fields) endpoint_.proves = Support::yes;
    if (!told.transactions.empty() && !told.has_new_fields) endpoint_.root_doubt.proved();
    told.parties.insert(told.parties.end(), told.header->parties.begin(),
                        told.header->parties.end());
    // Where receipts do not give their roots, that none give the root of none proves nothing.
    const bool is_empty = told.transactions.empty() && endpoint_.root_doubt.given_up;
    const Unprovable why = told.has_new_fields ? Unprovable::new_fields
                           : is_empty          ? Unprovable::other_root
                                               : Unprovable::no;
    const bool has_state_sync = told.has_state_sync();
    const bool all_proven = !has_state_sync && why == Unprovable::no;
    facts_[block] = BlockFacts{told.header->header(), std::move(told.logs),
                               all_proven ? Completeness::proven : Completeness::claimed,
                               std::move(told.parties), told.outside_root,
                               why, told.header->fields.receipts_root, has_state_sync,
                               all_proven && !told.transactions.empty()};
    const bool is_told = told.is_ruled_out || told.state_sync.has_value();
    if (!is_told && told.header->transactions.size() > told.transactions.size())
        untold_.push_back({block, told.logs_in_root});
}

/// The proven facts, and in between the claimed ones.
Task<Result<std::vector<BlockFacts>>> ProvenRead::complete() {
    const bool no_way = silence_ && silence_->lasting && endpoint_.proves != Support::yes;
    if (no_way && endpoint_.block_receipts == Support::no)
        endpoint_.block_receipts = Support::unknown;  // both ways are tried anew
    if (silence_ && proof_ == Proof::required)
        co_return Error(silence_->why.code(), "no proof of the logs: " + silence_->why.message());
    if (silence_ && unproven_ == Unproven::passed) {
        learn_silence();
        co_return Error(Errc::corrupt, "no proof of the logs: " + silence_->why.message());
    }
    const bool has_new_fields = std::any_of(facts_.begin(), facts_.end(), [](const auto& block) {
        return block && block->unprovable == Unprovable::new_fields;
    });
    if (has_new_fields && unproven_ == Unproven::passed)
        co_return Error(Errc::corrupt, endpoint_.name() + ": a header has unknown fields");
    CB_CO_CHECKED(co_await add_state_syncs(endpoint_, untold_, filter_, facts_, by_));
    std::vector<Hash32> missing;
    for (std::size_t i = 0; i < blocks_.size(); ++i)
        if (!facts_[i]) missing.push_back(blocks_[i]);
    std::vector<BlockFacts> claimed;
    if (!missing.empty()) {
        CB_CO_TRY(read, co_await block_facts(endpoint_, missing, filter_, by_));
        claimed = std::move(read);
    }
    std::vector<BlockFacts> all;
    std::size_t used = 0;
    for (std::size_t i = 0; i < facts_.size(); ++i) {
        if (!facts_[i]) claimed[used].unprovable = unprovable_[i];
        all.push_back(facts_[i] ? std::move(*facts_[i]) : std::move(claimed[used++]));
    }
    if (!all.empty()) endpoint_.health().has_block(endpoint_.now(), all.back().header.ref.number);
    learn_silence();
    co_return std::move(all);
}

void ProvenRead::learn_silence() {
    if (!silence_ || !silence_->lasting || endpoint_.proves != Support::unknown) return;
    endpoint_.proves = Support::no;
    endpoint_.unprovable = silence_->unprovable;
    endpoint_.ask_for_proof = endpoint_.now() + kSilence;
    telemetry::log(telemetry::LogLevel::warn, "rpc endpoint cannot prove blocks",
                   {{"endpoint", endpoint_.name()}, {"why", silence_->why}});
}

Task<Result<std::vector<BlockFacts>>> plausible_facts(Endpoint& endpoint, Proof proof,
                                                      ProvenRead::Unproven unproven,
                                                      const std::vector<Hash32>& blocks,
                                                      const LogFilter& filter,
                                                      const Plausible& plausible, Deadline by) {
    ProvenRead read(endpoint, proof, unproven, blocks, filter, by);
    CB_CO_TRY(facts, co_await read.run());
    const auto doubtful = std::find_if(facts.begin(), facts.end(), [&](const BlockFacts& one) {
        return plausible && !plausible(one);
    });
    if (doubtful == facts.end()) co_return std::move(facts);
    const bool is_bloom = doubtful->unprovable == Unprovable::no;
    co_return Error(Errc::corrupt,
                    "block " + std::to_string(doubtful->header.ref.number.value) +
                        ": the logs of " + endpoint.name() +
                        (is_bloom ? " do not fit the header's bloom"
                                  : " are not proven, as the chain's blocks have been (if these "
                                    "are other ones from now on: integrity: bloom)"));
}

}  // namespace custodialbridge::rpc
