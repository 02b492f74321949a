/// Everything has a limit; relations between limits are asserted here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace custodialbridge::limits {

inline constexpr std::size_t kUserIdLengthMax = 128;
inline constexpr unsigned kDecimalsMax = 77;                ///< 10^77 < 2^256
inline constexpr std::size_t kHttpHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kListLimitDefault = 100;
inline constexpr std::size_t kListLimitMax = 1000;
inline constexpr std::size_t kBatchItemsMax = 1'000;        ///< balances in one query
inline constexpr std::size_t kImportItemsMax = 10'000;
inline constexpr std::size_t kImportBodyBytesMax = 8 * 1024 * 1024;
static_assert(kImportItemsMax * (kUserIdLengthMax + 256) < kImportBodyBytesMax,
              "a full import fits its body, with room for blanks");
inline constexpr std::size_t kRpcAnswerBytesMax = 256 * 1024 * 1024;
inline constexpr std::uint32_t kCallsPerMulticallMax = 500;
/// Realtime queries of one API key: a hundred at once (a screen full of balances), twenty a second
/// for good: less than two million a day, what a small RPC plan can bear.
inline constexpr std::uint32_t kRealtimeQueriesPerSecond = 20;
inline constexpr std::uint32_t kRealtimeQueriesBurst = 100;
/// Items of one batch share their calls: so many count as one query.
inline constexpr std::size_t kRealtimeItemsPerQuery = 10;
static_assert(kBatchItemsMax <= kRealtimeItemsPerQuery * kRealtimeQueriesBurst,
              "a full batch may be asked for in real time");
inline constexpr std::uint32_t kHeadersPerStepMax = 64;     ///< blocks fetched in one realtime beat
inline constexpr std::uint32_t kRangesInFlight = 4;         ///< catching up: ranges fetched ahead
inline constexpr std::uint32_t kLogsPerRangeTarget = 15'000;  ///< catching up: of one eth_getLogs
/// Catching up: fetched, not committed yet
inline constexpr std::uint32_t kRangesWaitingMax = 64;
inline constexpr std::uint32_t kMovesPerCommitMax = 120'000;  ///< catching up: of ranges joined
inline constexpr std::uint32_t kWalletsPerSnapshotMax = 500;

}  // namespace custodialbridge::limits
