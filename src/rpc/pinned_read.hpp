/// PinnedRead: many balances as of one block, from one endpoint.
#pragma once

#include <string>
#include <vector>

#include "custodialbridge/rpc/rpc_client.hpp"
#include "endpoint.hpp"
#include "multicall_site.hpp"

namespace custodialbridge::rpc {

/// RpcClient::balances at one endpoint. Make one for each read and await `run` once; everything
/// that is given to it stays until then.
///
/// Blocks are named by hash (EIP-1898, canonical only); where the node does not take that, by
/// number with the hash compared before and after. A multicall that fails as a whole is halved,
/// down to plain calls, and what failed inside one is asked once more by itself: one bad contract
/// fails its own balance alone.
///
/// While a block arrives, some nodes answer a call at the newest one from the next one's state. So
/// what was not known to be older before the read is trusted only when the head stood still, and
/// read again when it moved. Of anvil that is not enough: for a moment its head stands still while
/// its state has moved. There the state is also asked for its root (EIP-1186), which must be the
/// block's.
class PinnedRead {
  public:
    PinnedRead(Endpoint& endpoint, MulticallSite& site, BlockRef at,
               const std::vector<BalanceQuestion>& questions, Deadline by)
        : endpoint_(endpoint), site_(site), at_(at), questions_(questions), by_(by) {}

    Task<Result<std::vector<BalanceAnswer>>> run();

  private:
    struct Part {
        std::size_t first, count;
    };

    Task<Result<void>> prepare();
    Task<Result<void>> learn_node();
    Task<Result<std::string>> code_at_block();
    Task<Result<bool>> is_settled();
    Task<Result<void>> read_all();
    Task<Result<void>> read_by_multicall();
    Task<Result<void>> read_directly(std::vector<std::size_t> which);

    std::string pin() const;
    Call multicall(Part part) const;
    Call direct_call(const BalanceQuestion& question) const;
    bool take_multicall(Part part, const Result<std::string>& text);
    bool no_call_was_taken(const std::vector<Result<std::string>>& results) const;
    bool hopeless(const Error& error);

    Endpoint& endpoint_;
    MulticallSite& site_;
    BlockRef at_;
    const std::vector<BalanceQuestion>& questions_;
    Deadline by_;

    bool by_multicall_ = false;
    bool older_ = false;  // the chain is known to have grown past our block
    std::vector<BalanceAnswer> answers_;
    std::vector<std::size_t> alone_;  // questions that are left to be asked by themselves
    std::size_t good_ = 0, bad_ = 0;  // calls so far
};

}  // namespace custodialbridge::rpc
