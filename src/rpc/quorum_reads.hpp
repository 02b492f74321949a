/// QuorumReads: what is believed only when several endpoints say it (rpc_quorum).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agreement.hpp"
#include "multicall_site.hpp"

namespace custodialbridge::rpc {

/// RpcClient's questions, each put to as many endpoints at the same time as must agree, and to
/// more when they do not. An endpoint that says otherwise than a quorum is put aside for a while.
/// Where there is no quorum the answer is `unavailable`: never what fewer say.
///
/// Errors that are answers (a block that is not known, a pruned state) need a quorum too. A method
/// or state that so many endpoints lack that no quorum can be is `unsupported`.
class QuorumReads {
  public:
    /// `quorum` is more than 1.
    QuorumReads(EndpointPool& pool, MulticallSite& multicall, Proof proof, std::size_t quorum,
                runtime::Clock& clock)
        : pool_(pool), multicall_(multicall), proof_(proof), quorum_(quorum), clock_(clock) {}

    /// The newest block that a quorum has on its chain, of those up to what each one calls so.
    Task<Result<BlockHeader>> header(BlockTag tag, Deadline by);

    Task<Result<Headers>> headers(BlockNumber first, std::uint32_t count, Deadline by);
    Task<Result<Headers>> headers_of(std::vector<BlockNumber> blocks, Deadline by);

    /// One endpoint's proof is enough.
    Task<Result<std::vector<BlockFacts>>> facts(std::vector<Hash32> blocks, LogFilter filter,
                                                Deadline by, Plausible plausible);

    Task<Result<std::vector<BalanceAnswer>>> balances(BlockRef at,
                                                      std::vector<BalanceQuestion> questions,
                                                      Deadline by);

  private:
    using Tips = std::vector<Voice<BlockHeader>>;

    /// The question that is asked, for errors.
    struct Topic {
        Need need;
        std::string about;
        std::size_t first = 0;  ///< so many endpoints are asked at once; 0: a quorum
    };

    template <class T, class Agree>
    Task<Result<T>> agree(Topic topic, EndpointPool::Operation<T> operation, Agree judge,
                          Deadline by);
    template <class T>
    std::optional<Error> agreed_error(const std::vector<Voice<T>>& voices) const;
    template <class T>
    Error no_quorum(const std::vector<Voice<T>>& voices, const std::string& about) const;
    Error too_few(std::size_t answered, const std::map<const Endpoint*, Error>& failures) const;
    template <class T>
    T settled(Agreement<T> agreement, const std::string& about);

    Task<Result<BlockHeader>> newest_common(Tips tips, Deadline by);
    std::optional<BlockHeader> agreed_block(const Tips& tips);
    bool another_may_prove(const Need& need) const;
    Task<Result<void>> settle_open(BalanceBallots& ballots, const Need& need,
                                   const std::vector<Endpoint*>& asked, BlockRef at,
                                   const std::vector<BalanceQuestion>& questions, Deadline by);

    EndpointPool& pool_;
    MulticallSite& multicall_;
    Proof proof_;
    std::size_t quorum_;
    runtime::Clock& clock_;
};

}  // namespace custodialbridge::rpc
