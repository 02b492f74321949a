// Where embedded services live: their directories below data_dir, their sockets, their user.
#pragma once

#include <filesystem>
#include <string>

#include "custodialbridge/core/result.hpp"
#include "run_as.hpp"

namespace custodialbridge::app {

struct Place {
    std::filesystem::path data_dir;  ///< absolute, without symbolic links
    std::filesystem::path run_dir;   ///< of the sockets; private to `user`
    std::string mark;  ///< 16 hex digits of this very directory; in each process's command line
    RunAs user;
};

/// Where things are, changing nothing. The directory must be there.
Result<Place> find_place(const std::filesystem::path& data_dir);

/// The same, and makes what must be there before a service starts. The caller holds the directory's
/// lock.
Result<Place> prepare_place(const std::filesystem::path& data_dir);

}  // namespace custodialbridge::app
