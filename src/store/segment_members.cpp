#include "segment_members.hpp"

#include <algorithm>
#include <array>

#include "big_endian.hpp"
#include "custodialbridge/core/keccak.hpp"
#include "params.hpp"

namespace custodialbridge::store {
namespace {

/// Reads from the front; a failed read leaves nothing.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : left_(bytes) {}

    bool at_end() const { return left_.empty(); }
    bool failed() const { return failed_; }

    template <std::integral T>
    T number() {
        const std::string_view bytes = take(sizeof(T));
        return bytes.empty() ? T{} : load_big_endian<T>(bytes.data());
    }
    std::string_view take(std::size_t bytes) {
        failed_ = failed_ || left_.size() < bytes;
        if (failed_) left_ = {};
        const std::string_view taken = left_.substr(0, bytes);
        left_.remove_prefix(taken.size());
        return taken;
    }

  private:
    std::string_view left_;
    bool failed_ = false;
};

void put_user(WireWriter& writer, const UserId& user) {
    writer.raw(static_cast<std::uint8_t>(user.value.size()));
    writer.raw(std::string_view(user.value));
}

template <std::size_t N>
std::string_view text_of(const std::array<std::uint8_t, N>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), N};
}

TrackedWallet wallet_of(Reader& reader) {
    TrackedWallet wallet;
    wallet.id = WalletId{reader.number<std::int64_t>()};
    const std::string_view address = reader.take(wallet.address.bytes.size());
    std::copy(address.begin(), address.end(), wallet.address.bytes.begin());
    return wallet;
}

}  // namespace

std::string pack_members(std::span<const DuePoll> members) {
    WireWriter writer;
    for (const DuePoll& member : members) {
        put_user(writer, member.user);
        writer.raw(static_cast<std::uint32_t>(member.wallets.size()));
        for (const TrackedWallet& wallet : member.wallets) {
            writer.raw(std::int64_t{wallet.id.value});
            writer.raw(text_of(wallet.address.bytes));
        }
    }
    return writer.bytes();
}

Result<std::vector<DuePoll>> unpack_members(std::string_view packed, TokenId token, Time tried_at) {
    std::vector<DuePoll> members;
    Reader reader(packed);
    while (!reader.at_end()) {
        DuePoll member{{}, token, tried_at, 0, {}};
        member.user.value = std::string(reader.take(reader.number<std::uint8_t>()));
        const auto wallets = reader.number<std::uint32_t>();
        for (std::uint32_t i = 0; i < wallets && !reader.failed(); ++i)
            member.wallets.push_back(wallet_of(reader));
        members.push_back(std::move(member));
    }
    if (reader.failed() || members.empty())
        return Error(Errc::corrupt, "the members of a poll segment cannot be read");
    return members;
}

Hash32 digest_of(std::span<const PolledBalance* const> members) {
    WireWriter writer;
    for (const PolledBalance* member : members) {
        put_user(writer, member->user);
        writer.raw(column(member->token));
        writer.raw(static_cast<std::uint32_t>(member->wallets.size()));
        for (const Observation& wallet : member->wallets) {
            std::array<std::uint8_t, 32> amount;
            u256_to_be(wallet.amount, amount);
            writer.raw(std::int64_t{wallet.wallet.value});
            writer.raw(text_of(amount));
        }
    }
    return keccak256(std::string_view(writer.bytes()));
}

}  // namespace custodialbridge::store
