/// Makes a prepared chain: prepare_chain FOLDER BLOCKS [WALLETS=10000] [SEED=1]; --format prints
/// the version of what it makes.
///
/// BLOCKS blocks of 500 transfers of one token. The first ones give every wallet its tokens (from
/// the zero address), then wallets drawn at random send to each other, now and then to themselves.
/// 128 empty blocks follow. The same arguments always make the same bytes.
#include <charconv>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "block_text.hpp"
#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge::bench {

namespace {

constexpr std::uint32_t kTransfersPerBlock = 500;
constexpr std::uint64_t kEmptyBlocks = 128;
constexpr std::uint64_t kFirstTimestamp = 1'700'000'000;
constexpr std::uint64_t kBlockSeconds = 12;
constexpr Amount kGrant = Amount{1'000'000} * 1'000'000'000'000'000'000;

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15ULL;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        return mixed ^ (mixed >> 31);
    }
    std::uint32_t below(std::uint32_t end) {
        return static_cast<std::uint32_t>((Amount{next()} * end) >> 64);
    }
    Hash32 hash() {
        Hash32 drawn;
        for (std::size_t i = 0; i < 32; i += 8) {
            const std::uint64_t part = next();
            std::memcpy(drawn.bytes.data() + i, &part, 8);
        }
        return drawn;
    }

  private:
    std::uint64_t state_;
};

class Economy {
  public:
    Economy(std::uint32_t wallets, std::uint64_t seed) : dice_(seed), balances_(wallets) {}

    std::vector<Transfer> block_of(std::uint64_t number) {
        std::vector<Transfer> transfers(kTransfersPerBlock);
        Hash32 tx_hash;
        for (std::uint32_t i = 0; i < kTransfersPerBlock; ++i) {
            if (i % kTransfersPerTransaction == 0) tx_hash = dice_.hash();
            Transfer& transfer = transfers[i];
            transfer.block = static_cast<std::uint32_t>(number);
            transfer.log_index = i;
            transfer.tx_hash = tx_hash;
            granted_ < balances_.size() ? grant(transfer) : send(transfer);
        }
        return transfers;
    }

    Dice& dice() { return dice_; }

  private:
    void grant(Transfer& transfer) {
        transfer.to = granted_++;
        transfer.amount = kGrant + dice_.next();
        balances_[transfer.to] += transfer.amount;
    }

    void send(Transfer& transfer) {
        const auto wallets = static_cast<std::uint32_t>(balances_.size());
        transfer.from = dice_.below(wallets);
        transfer.to = dice_.below(wallets);
        transfer.amount = (balances_[transfer.from] >> 36) * (dice_.next() >> 32);  // at most 1/16
        balances_[transfer.from] -= transfer.amount;
        balances_[transfer.to] += transfer.amount;
    }

    Dice dice_;
    std::vector<Amount> balances_;
    std::uint32_t granted_ = 0;
};

class Output {
  public:
    explicit Output(const std::filesystem::path& path) : file_(path, std::ios::binary) {}

    std::uint64_t size() const { return size_; }

    void write(std::string_view bytes) {
        file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!file_) throw std::runtime_error("cannot write the chain's files");
        size_ += bytes.size();
    }
    template <class T>
    void write_values(std::span<const T> values) {
        write({reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    }

  private:
    std::ofstream file_;
    std::uint64_t size_ = 0;
};

ChainFacts prepare(const std::filesystem::path& folder, std::uint64_t blocks, std::uint32_t wallets,
                   std::uint64_t seed) {
    ChainFacts facts;
    facts.seed = seed;
    facts.wallets = wallets;
    facts.head = blocks + kEmptyBlocks;
    const Hash32 token = keccak256("bench token");
    std::copy_n(token.bytes.begin() + 12, 20, facts.token.bytes.begin());
    Output headers(folder / "headers.bin"), logs(folder / "logs.bin");
    Output places(folder / "places.bin"), transfers(folder / "transfers.bin");
    const BlockText text(facts.token);
    Economy economy(wallets, seed);
    Hash32 parent;
    std::string header_text, logs_text;
    for (std::uint64_t number = 0; number <= facts.head; ++number) {
        const bool empty = number == 0 || number > blocks;
        const auto block = empty ? std::vector<Transfer>() : economy.block_of(number);
        header_text.clear();
        logs_text.clear();
        Dice& dice = economy.dice();
        const Hash32 state = dice.hash(), transactions = dice.hash(), receipts = dice.hash();
        parent = text.write({number, kFirstTimestamp + number * kBlockSeconds, parent, state,
                             transactions, receipts, block},
                            header_text, logs_text);
        const BlockPlace place{headers.size(), logs.size(), parent};
        places.write_values(std::span(&place, 1));
        headers.write(header_text);
        logs.write(logs_text);
        transfers.write_values(std::span<const Transfer>(block));
        facts.transfers += block.size();
    }
    const BlockPlace end{headers.size(), logs.size(), {}};
    places.write_values(std::span(&end, 1));
    return facts;
}

void write_wallets(const std::filesystem::path& folder, std::uint32_t wallets) {
    Output file(folder / "wallets.csv");
    for (std::uint32_t wallet = 0; wallet < wallets; ++wallet)
        file.write(wallet_user(wallet) + ',' + to_string(wallet_address(wallet)) + '\n');
}

template <class Number>
Number number_in(const char* text) {
    const std::string_view digits(text);
    Number number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    if (error != std::errc() || end != digits.end() || number == 0)
        throw std::runtime_error(std::string(digits) + ": not a whole number above 0");
    return number;
}

}  // namespace

}  // namespace custodialbridge::bench

int main(int argc, char** argv) {
    using namespace custodialbridge::bench;
    if (argc == 2 && std::string_view(argv[1]) == "--format") {
        std::cout << ChainFacts::kFormat << '\n';
        return 0;
    }
    if (argc < 3 || argc > 5) {
        std::cerr << "usage: prepare_chain FOLDER BLOCKS [WALLETS] [SEED]\n";
        return 2;
    }
    try {
        const std::filesystem::path folder = argv[1];
        std::filesystem::create_directories(folder);
        std::filesystem::remove(folder / "chain.json");
        const auto wallets = argc > 3 ? number_in<std::uint32_t>(argv[3]) : 10'000;
        const auto facts = prepare(folder, number_in<std::uint64_t>(argv[2]), wallets,
                                   argc > 4 ? number_in<std::uint64_t>(argv[4]) : 1);
        write_wallets(folder, wallets);
        write_facts(folder, facts);
        std::cout << folder.string() << ": " << facts.transfers << " transfers among "
                  << facts.wallets << " wallets, head " << facts.head << '\n';
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "prepare_chain: " << failure.what() << '\n';
        return 1;
    }
}
