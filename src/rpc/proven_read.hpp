/// ProvenRead: the logs of some blocks from one endpoint, proven where it can be.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "custodialbridge/core/receipt.hpp"
#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint.hpp"
#include "parse_chain.hpp"
#include "parse_proof.hpp"
#include "state_sync_logs.hpp"

namespace custodialbridge::rpc {

/// RpcClient::facts at one endpoint. Make one for each read and await `run` once; everything that
/// is given to it stays until then.
///
/// Each block's header and receipts are asked for in one batch. The header must hash to what was
/// asked for, and the receipts must give the header's receipts root; the logs are then taken from
/// the receipts. What does not fit is a bad answer (`unavailable`), so that the next endpoint is
/// asked.
///
/// A node without eth_getBlockReceipts is asked for each transaction's receipt, of blocks whose
/// bloom (which the hash commits to) does not rule out that a contract of ours emitted something.
/// That these do not give the root proves nothing: some nodes make them up from what they kept.
///
/// A state sync's receipt outside of the root (core/state_sync.hpp) proves nothing of its logs:
/// with one a block is `claimed`, and where a proof is required there is none.
///
/// Saying nothing is not lying: a node without receipts, a transaction type that we do not know, an
/// answer above a limit. Nor is it, of an endpoint that has not proven anything yet, a header that
/// we cannot read or that hashes from other fields than we know: such chains exist. Then the logs
/// are asked for with eth_getLogs and are `claimed`, unless a proof is required or insisted on. An
/// endpoint that gave a reason which will last is left alone for a while.
class ProvenRead {
  public:
    /// What becomes of blocks that this endpoint does not prove.
    enum class Unproven {
        claimed,  ///< its word is taken
        passed    ///< `corrupt`: another endpoint may prove them
    };

    ProvenRead(Endpoint& endpoint, Proof proof, Unproven unproven,
               const std::vector<Hash32>& blocks, const LogFilter& filter, Deadline by);

    Task<Result<std::vector<BlockFacts>>> run();

  private:
    struct Part {
        std::size_t first, count;
    };

    /// What the endpoint told of one block.
    struct Told {
        std::optional<WholeHeader> header;
        Result<void> header_said{};    ///< an error in place of a header
        Result<void> receipts_said{};  ///< an error in place of receipts
        std::optional<Error> bad_header, bad_receipts;  ///< answers that cannot be true
        bool has_receipts = false;
        bool is_ruled_out = false;  ///< by the bloom: there are no logs that are wanted
        bool has_new_fields = false;  ///< the header, which hashes from others than we know
        std::vector<std::optional<ReceiptsAnswer>> one_by_one;
        Result<Hash32> root = Error(Errc::unavailable, "not read");
        std::string unknown;               ///< what is, among the receipts
        std::vector<Hash32> transactions;  ///< of the receipts in the root
        std::optional<Hash32> state_sync;  ///< of the one that is not
        std::vector<Address> parties;
        Bloom bloom{};  ///< of the logs in the root
        std::uint32_t logs_in_root = 0;
        LogBatch logs;  ///< those that the filter lets through
        std::uint32_t outside_root = 0;  ///< so many of them

        /// There is its receipt, or its transaction is listed.
        bool has_state_sync() const;
    };

    /// What follows from it.
    struct Finding {
        enum class Kind { good, silent, failed } kind = Kind::good;
        Error why{};
        bool lasting = false;  ///< silent, and it will be so again
        Unprovable unprovable = Unprovable::no;
    };

    enum class Next { judge, ask_less, ask_again };

    /// The method is unknown, or not for us, or not with these parameters.
    static bool is_lasting_refusal(Errc code);

    bool wants_proof() const;
    bool is_hopeless() const;
    Task<Result<Next>> ask(Part part);
    Task<Result<Next>> ask_one_by_one(Part part);
    Task<Result<void>> ask_transactions(Part part);
    void join(Told& told);
    bool ends_untold(const Told& told) const;
    bool may_hold_wanted(const WholeHeader& header) const;
    Result<void> read(const Hash32& block, bool is_header, Told& told, JsonValue& result);
    bool learn_parameter();
    bool learn_method();
    void take_receipts(Told& told, ReceiptsAnswer answer);
    Result<void> take(Part part);
    void keep(std::size_t block, Told& told);
    Finding judge_header(const Hash32& block, Told& told) const;
    Finding judge(const Hash32& block, Told& told) const;
    Finding other_hash() const;
    Finding judge_receipts(const Told& told) const;
    Finding judge_root(const Told& told) const;
    Finding judge_transactions(const Told& told) const;
    Finding failed(std::string_view what) const;
    Finding silent(Error why, Unprovable unprovable = Unprovable::no) const;
    bool says_nothing_of_roots() const;
    void learn_silence();
    Task<Result<std::vector<BlockFacts>>> complete();

    Endpoint& endpoint_;
    Proof proof_;
    Unproven unproven_;
    const std::vector<Hash32>& blocks_;
    const LogFilter& filter_;
    LogChecks checks_;
    Deadline by_;

    std::vector<Told> told_;                        // of the part that is being read
    std::vector<std::optional<BlockFacts>> facts_;  // the proven ones
    std::vector<UntoldStateSync> untold_;
    std::optional<Finding> silence_;  // why some are not
    std::vector<Unprovable> unprovable_;  // of each block
};

/// What ProvenRead gives, or `corrupt` when it is not all `plausible`. That is not the endpoint's
/// failure: another one may just have more.
Task<Result<std::vector<BlockFacts>>> plausible_facts(Endpoint& endpoint, Proof proof,
                                                      ProvenRead::Unproven unproven,
                                                      const std::vector<Hash32>& blocks,
                                                      const LogFilter& filter,
                                                      const Plausible& plausible, Deadline by);

}  // namespace custodialbridge::rpc
