#include "place.hpp"

#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "custodialbridge/core/hex.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

// The longest name that is put into the socket directory.
constexpr std::string_view kLongestSocket = "/.s.PGSQL.5432";

// A socket's path and its ending NUL must fit into the kernel's address.
constexpr std::size_t kRunDirBytesMax = sizeof(sockaddr_un::sun_path) - 1 - kLongestSocket.size();

/// FNV-1a: the same on every start; nothing depends on it being hard to invert.
std::uint64_t mix(std::uint64_t hash, std::string_view bytes) {
    for (const char byte : bytes)
        hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3ULL;
    return hash;
}

/// Tells this directory from one with the same path in another container.
std::string mark_of(const fs::path& data_dir, const struct stat& info) {
    const std::string text =
        data_dir.string() + '\0' + std::to_string(info.st_dev) + '\0' + std::to_string(info.st_ino);
    std::uint64_t hash = mix(0xcbf29ce484222325ULL, text);
    std::array<std::uint8_t, 8> bytes;
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(hash);
        hash >>= 8;
    }
    std::string mark;
    append_hex(mark, bytes);
    return mark;
}

}  // namespace

Result<Place> find_place(const fs::path& data_dir) {
    std::error_code error;
    Place place;
    place.data_dir = fs::canonical(data_dir, error);
    struct stat info {};
    if (error || stat(place.data_dir.c_str(), &info) != 0)
        return Error{Errc::refused, "data_dir " + data_dir.string() + ": " +
                                        (error ? error.message() : "cannot be looked at")};
    CB_TRY(user, choose_user(place.data_dir / "postgres"));
    place.user = std::move(user);
    place.mark = mark_of(place.data_dir, info);
    place.run_dir = place.data_dir / "run";
    if (place.run_dir.string().size() > kRunDirBytesMax)
        place.run_dir = "/tmp/custodialbridge-" + place.mark;
    return place;
}

Result<Place> prepare_place(const fs::path& data_dir) {
    CB_TRY(place, find_place(data_dir));
    CB_CHECKED(make_private_directory(place.user, place.run_dir));
    CB_CHECKED(grant_way_to(place.user, place.data_dir));
    return std::move(place);
}

}  // namespace custodialbridge::app
