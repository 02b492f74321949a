// Who a child process runs as. PostgreSQL refuses to run as root, and nothing that we start needs
// to.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "custodialbridge/core/result.hpp"

namespace custodialbridge::app {

struct RunAs {
    uid_t uid = 0;
    gid_t gid = 0;
    std::string name;   ///< for messages
    bool drop = false;  ///< false: it is who we are already

    /// An ambient capability that the child keeps, to get at a directory whose parents are closed
    /// to the user (a data directory below root's own). None when it gets there without.
    std::optional<int> capability;
};

/// Not root: ourselves. As root: the owner of `kept` where that exists and is a known user other
/// than root; else `postgres`, else `nobody`. Errors: no such user.
Result<RunAs> choose_user(const std::filesystem::path& kept);

/// Fills in `who.capability` so that the user can reach `directory`, tried for real in a child.
/// `refused` when even the capabilities that we have do not help.
Result<void> grant_way_to(RunAs& who, const std::filesystem::path& directory);

/// In a child between fork and exec: becomes `who` for good. Async-signal-safe; false with errno.
bool become(const RunAs& who);

/// Gives a directory tree to the user, when we are root. Symbolic links are not followed.
Result<void> give_to(const RunAs& who, const std::filesystem::path& tree);

/// Makes `directory` (its parent is there) with mode 0700 for the user, or takes the one that is
/// there: as root, whoever's it was, unless its parent is open to everybody (/tmp). `refused` when
/// it is somebody else's.
Result<void> make_private_directory(const RunAs& who, const std::filesystem::path& directory);

}  // namespace custodialbridge::app
