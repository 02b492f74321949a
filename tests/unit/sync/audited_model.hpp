/// A fixture: a chain that is caught up with in ranges, and whose history is audited.
#pragma once

#include <gmock/gmock.h>

#include "followed_model.hpp"

namespace custodialbridge::sync {

inline const Address kEntryPoint = address(0xee);

class AuditorTest : public ListenerTest {
  protected:
    AuditorTest() {
        audits = true;
        rpc.proves = true;
        rpc.finalized_depth = 10;
        rpc.safe_depth = 5;
        settings.start_block = {{1}};
        pace.walked_when_proven = 0;  // ranges, as of a chain that is far ahead
        chain.mine({{kCpop, kZero, kAlice, 10'000}});
        add_wallet(kAlice);
        add_wallet(kBob);
    }

    void mine_transfers(int blocks) {
        for (int i = 0; i < blocks; ++i) chain.mine({{kCpop, kAlice, kBob, 1}});
    }

    bool audit_ends() {
        return loop.run_until(
            [this] {
                const auto* row = chain_row();
                return row != nullptr && row->audited && row->state.finalized &&
                       *row->audited >= *row->state.finalized && !corrections.under_way;
            },
            std::chrono::minutes(10));
    }

    bool is_proven(std::uint64_t number) const {
        for (const auto& row : chain_row()->blocks)
            if (!row.orphaned && row.block.header.ref.number.value == number)
                return row.block.completeness == Completeness::proven;
        return false;
    }

    /// Leaves these out of what ranges tell.
    void leave_out(std::function<bool(const Log&)> which) {
        rpc.lie = [which = std::move(which)](LogBatch& batch) {
            std::erase_if(batch.logs, which);
        };
    }

    /// A user operation of Alice's account, which it deploys.
    void mine_user_operation() {
        chain.seal = [](testing::ModelBlock& block) {
            const Hash32 operation = keccak256(std::string_view("operation"));
            std::vector<std::uint8_t> data;
            for (const unsigned word : {0u, 1u, 7'000u, 21'000u}) {
                const auto bytes = testing::ModelChain::word(word);
                data.insert(data.end(), bytes.begin(), bytes.end());
            }
            testing::ModelChain::add_log(block, kEntryPoint,
                                {rules::account_deployed_topic(), operation, to_word(kAlice)},
                                std::vector<std::uint8_t>(64), 0);
            testing::ModelChain::add_log(block, kEntryPoint,
                                {rules::user_operation_topic(), operation, to_word(kAlice),
                                 to_word(kZero)},
                                data, 0);
        };
        chain.mine();
        chain.seal = {};
    }

    std::vector<Announcement> told_to(const Address& holder) const {
        std::vector<Announcement> told;
        for (const testing::EventRow& row : chain_row()->events)
            if (!row.orphaned && row.event.wallet == wallet(holder).id) told.push_back(row.event);
        return told;
    }

    /// Leaves out, or changes, the logs of this block.
    void lie_about(std::uint64_t number, std::function<void(LogBatch&, std::size_t)> how) {
        rpc.lie = [number, how = std::move(how)](LogBatch& batch) {
            for (std::size_t i = 0; i < batch.logs.size(); ++i)
                if (batch.logs[i].block.number.value == number) return how(batch, i);
        };
    }
};

}  // namespace custodialbridge::sync
