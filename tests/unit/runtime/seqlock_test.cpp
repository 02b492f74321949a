#include "custodialbridge/runtime/seqlock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace custodialbridge::runtime {
namespace {

/// Larger than any atomic, and no whole number of words; all parts say the same.
struct Position {
    std::uint64_t number = 0;
    std::array<std::uint32_t, 9> copies{};
    std::uint8_t tail = 0;

    static Position of(std::uint64_t number) {
        Position made;
        made.number = number;
        made.copies.fill(static_cast<std::uint32_t>(number));
        made.tail = static_cast<std::uint8_t>(number);
        return made;
    }

    bool is_whole() const {
        for (const std::uint32_t copy : copies)
            if (copy != static_cast<std::uint32_t>(number)) return false;
        return tail == static_cast<std::uint8_t>(number);
    }
};

TEST(SeqLock, HoldsAnEmptyValueAtFirst) {
    const SeqLock<Position> lock;
    EXPECT_EQ(lock.load().number, 0u);
    EXPECT_TRUE(lock.load().is_whole());
}

TEST(SeqLock, GivesBackWhatWasStored) {
    SeqLock<Position> lock;
    lock.store(Position::of(5));
    lock.store(Position::of(300));
    EXPECT_EQ(lock.load().number, 300u);
    EXPECT_EQ(lock.load().tail, 300 % 256);
}

TEST(SeqLock, ShowsReadersOnlyWholeValuesAndNeverAnOlderOne) {
    constexpr std::uint64_t kStores = 200'000;
    SeqLock<Position> lock;
    std::atomic<unsigned> broken{0}, backwards{0}, seen{0};
    const auto read = [&] {
        std::uint64_t last = 0, different = 0;
        while (last < kStores) {
            const Position position = lock.load();
            if (!position.is_whole()) ++broken;
            if (position.number < last) ++backwards;
            different += position.number != last;
            last = position.number;
        }
        seen += static_cast<unsigned>(different);
    };
    std::vector<std::jthread> readers;
    for (int i = 0; i < 3; ++i) readers.emplace_back(read);
    for (std::uint64_t number = 1; number <= kStores; ++number) lock.store(Position::of(number));
    readers.clear();
    EXPECT_EQ(broken, 0u);
    EXPECT_EQ(backwards, 0u);
    EXPECT_GE(seen, 3u);
}

}  // namespace
}  // namespace custodialbridge::runtime
