#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "custodialbridge/cache/local_cache.hpp"

namespace custodialbridge::cache {
namespace {

constexpr ChainId kChain{31337};
constexpr Instant kNow{std::chrono::seconds(1)};
constexpr std::uint64_t kBlocks = 2'000;
constexpr int kUsers = 16;

// Every user's balance changes with each block: it is always the block's number.
LocalBalance value_at(std::uint64_t block) {
    LocalBalance value;
    value.balance.amount = block;
    value.balance.version = {0, {block}};
    value.followed = true;
    value.raw = std::string(40, '0') + std::to_string(block);
    return value;
}

class LocalTierThreads : public ::testing::Test {
  protected:
    void write_blocks() {
        for (std::uint64_t block = 1; block <= kBlocks; ++block) {
            store_.store(block);
            cache_.begin_block(kChain, {0, {block}});
            if (block % 100 == 0)
                cache_.drop_chain(kChain);
            else
                for (int user = 0; user < kUsers; ++user)
                    cache_.put({{user_of(user)}, kChain, {1}}, value_at(block), kNow);
            board_.store(block);
            while (found_.load() == 0) std::this_thread::yield();  // the readers are under way
            if (block % 50 == 0) cache_.drop_user({user_of(3)}, kChain);
        }
    }

    void read_and_fill(int first) {
        std::vector<std::uint64_t> told(kUsers);
        LocalBalance out;
        bool expired = false;
        for (int i = first; board_.load() < kBlocks; ++i) {
            const int user = i % kUsers;
            const std::string name = user_of(user);
            const auto board = board_.load();
            if (cache_.find(name, kChain, {1}, kNow, out, expired)) {
                const auto block = out.balance.version.block.value;
                wrong_ += out.balance.amount != block || out.raw != value_at(block).raw;
                wrong_ += out.current && block < board;
                wrong_ += block < told[static_cast<std::size_t>(user)];
                told[static_cast<std::size_t>(user)] = block;
                ++found_;
            }
            const auto ticket = cache_.ticket(name, kChain);
            const auto stored = store_.load();
            if (stored > 0) cache_.fill({{name}, kChain, {1}}, value_at(stored), ticket, kNow);
        }
    }

    static std::string user_of(int user) { return "user-" + std::to_string(user); }

    LocalCache cache_{8, Millis(1'000)};  // one entry a shard: users evict one another
    std::atomic<std::uint64_t> store_{0};
    std::atomic<std::uint64_t> board_{0};
    std::atomic<int> wrong_{0};
    std::atomic<int> found_{0};
};

TEST_F(LocalTierThreads, SeeWholeEntriesThatNeverGoBackwardsWhileBlocksAreWritten) {
    {
        std::vector<std::jthread> readers;
        for (int i = 0; i < 3; ++i) readers.emplace_back([this, i] { read_and_fill(i * 5); });
        write_blocks();
    }
    EXPECT_EQ(wrong_.load(), 0);
    EXPECT_GT(found_.load(), 0);
    EXPECT_LE(cache_.size(), 64U);
}

}  // namespace
}  // namespace custodialbridge::cache
