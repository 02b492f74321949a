#include "prepared_chain.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "custodialbridge/core/keccak.hpp"

namespace custodialbridge::bench {

namespace {

constexpr const char* kFactsFile = "chain.json";

ChainFacts read_facts(const std::filesystem::path& folder) {
    std::ifstream file(folder / kFactsFile);
    if (!file) throw std::runtime_error(folder.string() + ": no prepared chain");
    const auto json = nlohmann::json::parse(file);
    if (json.at("format") != ChainFacts::kFormat)
        throw std::runtime_error(folder.string() + ": prepared by another version");
    ChainFacts facts;
    facts.chain_id = json.at("chain_id");
    facts.seed = json.at("seed");
    facts.transfers = json.at("transfers");
    facts.head = json.at("head");
    facts.wallets = json.at("wallets");
    facts.token = parse_address(json.at("token").get<std::string>()).value();
    return facts;
}

}  // namespace

Address wallet_address(std::uint32_t wallet) {
    const Hash32 hash = keccak256("bench wallet " + std::to_string(wallet));
    Address address;
    std::copy_n(hash.bytes.begin() + 12, address.bytes.size(), address.bytes.begin());
    return address;
}

std::string wallet_user(std::uint32_t wallet) { return "user-" + std::to_string(wallet + 1); }

void write_facts(const std::filesystem::path& folder, const ChainFacts& facts) {
    const nlohmann::json json{{"format", ChainFacts::kFormat}, {"chain_id", facts.chain_id},
                              {"seed", facts.seed},            {"transfers", facts.transfers},
                              {"head", facts.head},            {"wallets", facts.wallets},
                              {"token", to_string(facts.token)}};
    std::ofstream file(folder / kFactsFile);
    file << json.dump(2) << '\n';
    if (!file.flush()) throw std::runtime_error(folder.string() + ": cannot be written");
}

MappedFile::MappedFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY)) {
    struct stat state {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &state) != 0)
        throw std::system_error(errno, std::generic_category(), path.string());
    size_ = static_cast<std::size_t>(state.st_size);
    if (size_ == 0) return;
    start_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
    if (start_ == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), path.string());
}

MappedFile::~MappedFile() {
    if (start_ != nullptr) ::munmap(start_, size_);
    ::close(descriptor_);
}

PreparedChain::PreparedChain(const std::filesystem::path& folder)
    : facts_(read_facts(folder)), headers_(folder / "headers.bin"), logs_(folder / "logs.bin"),
      places_(folder / "places.bin"), transfers_(folder / "transfers.bin") {
    if (places_.as<BlockPlace>().size() != facts_.head + 2 ||
        transfers().size() != facts_.transfers)
        throw std::runtime_error(folder.string() + ": its files do not fit together");
}

}  // namespace custodialbridge::bench
