/// A chain that was made beforehand and is kept in files: what a node would answer, ready to be
/// sent, and what the answers say, for whoever checks a ledger against it.
///
///   chain.json      the ChainFacts; written last, so that a folder with it is whole
///   headers.bin     the blocks as JSON objects, one after the other
///   logs.bin        the logs as JSON objects, each with a comma behind it
/// places.bin      where each block's header and logs begin, and its hash; one entry more than
/// blocks
///   transfers.bin   the same logs as Transfer values
///   wallets.csv     user and address of each wallet
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "custodialbridge/core/address.hpp"
#include "custodialbridge/core/hash.hpp"

namespace custodialbridge::bench {

using Amount = boost::multiprecision::double_limb_type;  ///< 128 bits: ample for a prepared chain
static_assert(sizeof(Amount) == 16);

inline constexpr std::uint32_t kNobody = ~std::uint32_t{0};  ///< the zero address, in a Transfer
inline constexpr std::uint32_t kTransfersPerTransaction = 50;

struct Transfer {
    std::uint32_t block = 0;
    std::uint32_t log_index = 0;
    std::uint32_t from = kNobody;  ///< a wallet's number
    std::uint32_t to = kNobody;
    Amount amount = 0;
    Hash32 tx_hash;
};
static_assert(sizeof(Transfer) == 64);

struct BlockPlace {
    std::uint64_t header = 0;  ///< offset in headers.bin
    std::uint64_t logs = 0;    ///< offset in logs.bin
    Hash32 hash;
};

struct ChainFacts {
    static constexpr unsigned kFormat = 2;  ///< one more whenever the same seed makes other files
    std::uint64_t chain_id = 31337;
    std::uint64_t seed = 1;
    std::uint64_t transfers = 0;
    std::uint64_t head = 0;   ///< the last block; those without transfers come at the end
    std::uint32_t wallets = 0;
    Address token;
};

/// The address and the user of a wallet, by its number.
Address wallet_address(std::uint32_t wallet);
std::string wallet_user(std::uint32_t wallet);

void write_facts(const std::filesystem::path& folder, const ChainFacts& facts);

/// A file's bytes, mapped for reading; throws std::system_error when that does not work.
class MappedFile {
  public:
    explicit MappedFile(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    int descriptor() const { return descriptor_; }
    std::string_view text() const { return {static_cast<const char*>(start_), size_}; }

    template <class T>
    std::span<const T> as() const {
        return {static_cast<const T*>(start_), size_ / sizeof(T)};
    }

  private:
    int descriptor_ = -1;
    void* start_ = nullptr;
    std::size_t size_ = 0;
};

class PreparedChain {
  public:
    /// Throws std::runtime_error when there is no whole chain of this format in the folder.
    explicit PreparedChain(const std::filesystem::path& folder);

    const ChainFacts& facts() const { return facts_; }
    std::span<const BlockPlace> blocks() const {
        return places_.as<BlockPlace>().first(facts_.head + 1);
    }
    std::span<const Transfer> transfers() const { return transfers_.as<Transfer>(); }

    std::string_view header(std::uint64_t block) const {
        const BlockPlace* place = places_.as<BlockPlace>().data() + block;
        return headers_.text().substr(place[0].header, place[1].header - place[0].header);
    }

    /// Bytes of logs.bin: the logs of blocks first … last, with the comma behind the last one.
    struct LogsPart {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    LogsPart logs(std::uint64_t first, std::uint64_t last) const {
        const BlockPlace* place = places_.as<BlockPlace>().data();
        return {place[first].logs, place[last + 1].logs - place[first].logs};
    }
    const MappedFile& logs_file() const { return logs_; }

  private:
    ChainFacts facts_;
    MappedFile headers_, logs_, places_, transfers_;
};

}  // namespace custodialbridge::bench
