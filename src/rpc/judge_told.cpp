/// ProvenRead: what follows from what an endpoint told of a block.
#include <algorithm>
#include <span>

#include "chain_calls.hpp"
#include "custodialbridge/core/state_sync.hpp"
#include "proven_read.hpp"

namespace custodialbridge::rpc {

bool ProvenRead::Told::has_state_sync() const {
    if (state_sync) return true;
    return header && !header->transactions.empty() &&
           header->transactions.back() == state_sync_transaction(header->header().ref);
}

bool ProvenRead::is_lasting_refusal(Errc code) {
    return code == Errc::unsupported || code == Errc::invalid || code == Errc::refused;
}

ProvenRead::Finding ProvenRead::failed(std::string_view what) const {
    return {Finding::Kind::failed, contradiction(endpoint_, what)};
}

ProvenRead::Finding ProvenRead::silent(Error why, Unprovable unprovable) const {
    return {Finding::Kind::silent, std::move(why), true, unprovable};
}

/// Of a header that hashes from fields which we do not know, the receipts may still give root and
/// bloom. These then stand for themselves, and others are to confirm them.
ProvenRead::Finding ProvenRead::judge(const Hash32& block, Told& told) const {
    const Finding header = judge_header(block, told);
    if (header.kind != Finding::Kind::good) return header;
    Finding receipts = judge_receipts(told);
    if (!told.has_new_fields) return receipts;
    if (!told.has_receipts) {
        receipts.unprovable = Unprovable::other_header;
        return told.is_ruled_out ? other_hash() : receipts;
    }
    const bool is_good = receipts.kind == Finding::Kind::good;
    return is_good && told.bloom == told.header->fields.logs_bloom ? Finding() : other_hash();
}

ProvenRead::Finding ProvenRead::other_hash() const {
    if (endpoint_.proves == Support::yes) return failed("a header that does not hash to its block");
    return silent(Error(Errc::unsupported, endpoint_.name() + ": headers hash from other fields"),
                  Unprovable::other_header);
}

ProvenRead::Finding ProvenRead::judge_header(const Hash32& block, Told& told) const {
    const bool knows_how = endpoint_.proves == Support::yes;
    if (told.bad_header && knows_how) return {Finding::Kind::failed, *told.bad_header};
    if (told.bad_header) return silent(*told.bad_header);
    if (!told.header_said) {
        const Error& error = told.header_said.error();
        if (error.code() == Errc::limited) return {Finding::Kind::silent, error};
        if (is_lasting_refusal(error.code()) && !knows_how) return silent(error);
        return {Finding::Kind::failed, error};
    }
    if (!told.header)
        return {
            Finding::Kind::failed,
            Error(Errc::orphaned, endpoint_.name() + ": does not know block " + to_string(block))};
    if (told.header->hash != block) return failed("another block than asked for");
    if (hash_header(told.header->fields) == block) return {};
    told.has_new_fields = proof_ == Proof::automatic && !endpoint_.is_alone &&
                          !told.header->unknown.empty();
    return told.has_new_fields ? Finding() : other_hash();
}

/// Of a block whose header is good.
ProvenRead::Finding ProvenRead::judge_receipts(const Told& told) const {
    const bool knows_how = endpoint_.proves == Support::yes;
    if (told.is_ruled_out) return {};
    if (told.bad_receipts) return {Finding::Kind::failed, *told.bad_receipts};
    if (!told.receipts_said && told.receipts_said.error().code() != Errc::orphaned) {
        const Error& error = told.receipts_said.error();
        if (is_lasting_refusal(error.code())) return silent(error);
        if (error.code() == Errc::limited || !knows_how) return {Finding::Kind::silent, error};
        return {Finding::Kind::failed, error};
    }
    if (!told.has_receipts) {
        const Error late(Errc::orphaned, endpoint_.name() + ": has no receipts of the block yet");
        return {knows_how ? Finding::Kind::failed : Finding::Kind::silent, late};
    }
    const Finding root = judge_root(told);
    if (root.kind != Finding::Kind::good) return root;
    for (const Log& log : told.logs.logs)
        if (log.block.number.value != told.header->fields.number)
            return failed("a log with another block's number");
    if (told.has_state_sync() && proof_ == Proof::required)
        return silent(
            Error(Errc::unsupported, endpoint_.name() + ": logs that no receipts root holds"));
    return judge_transactions(told);
}

/// Of a chain that never had another, a root of nothing but zeros is none.
ProvenRead::Finding ProvenRead::judge_root(const Told& told) const {
    const HeaderFields& header = told.header->fields;
    if (header.receipts_root == Hash32{})
        return silent(
            Error(Errc::unsupported, endpoint_.name() + ": headers have no receipts root"),
            Unprovable::other_root);
    const ReceiptsProof proof = prove_receipts(header.receipts_root, told.root, told.unknown);
    const bool is_one_by_one = !told.one_by_one.empty();
    if (proof.verdict == ProofVerdict::differs && is_one_by_one)  // ganache's, of some blocks
        return {Finding::Kind::silent, Error(Errc::unsupported, proof.why).at(endpoint_.name())};
    if (proof.verdict == ProofVerdict::cannot_tell)
        return silent(Error(Errc::unsupported, proof.why).at(endpoint_.name()));
    if (proof.verdict == ProofVerdict::proven) return {};
    if (!told.has_new_fields && !told.header->transactions.empty())
        endpoint_.root_doubt.differed(told.header->hash, endpoint_.now());
    if (says_nothing_of_roots())
        return silent(Error(Errc::unsupported, proof.why).at(endpoint_.name()),
                      Unprovable::other_root);
    return failed(proof.why + " (of a chain whose receipts are known to differ: integrity: "
                              "bloom)");
}

bool ProvenRead::says_nothing_of_roots() const {
    return proof_ == Proof::automatic && endpoint_.root_doubt.given_up &&
           !endpoint_.root_doubt.has_proven();
}

/// The block's list may end with a state sync, whether there is its receipt or not.
ProvenRead::Finding ProvenRead::judge_transactions(const Told& told) const {
    const Hash32 state_sync = state_sync_transaction(told.header->header().ref);
    if (told.state_sync && *told.state_sync != state_sync)
        return failed("a state sync of another block");
    std::span<const Hash32> listed(told.header->transactions);
    if (!listed.empty() && listed.back() == state_sync) listed = listed.first(listed.size() - 1);
    if (!std::equal(listed.begin(), listed.end(), told.transactions.begin(),
                    told.transactions.end()))
        return failed("receipts of other transactions than the block's");
    return {};
}

}  // namespace custodialbridge::rpc
