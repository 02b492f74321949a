// One owner a data directory: an flock on data_dir/lock, which the kernel releases however the
// owner ends.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "custodialbridge/core/result.hpp"
#include "custodialbridge/core/time.hpp"

namespace custodialbridge::app {

enum class Owner { daemon, command };  ///< a command is done soon: it is worth waiting for

class DataDirLock {
  public:
    /// Makes the directory when it is not there. `name` is who we are ("run", "migrate"), for
    /// others' errors. `conflict` at once when a daemon holds it; `timed_out` after `patience` when
    /// a command does.
    static Result<DataDirLock> take(const std::filesystem::path& data_dir, Owner owner,
                                    const std::string& name, Millis patience);

    DataDirLock(DataDirLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    DataDirLock& operator=(DataDirLock&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~DataDirLock();

  private:
    explicit DataDirLock(int file) : file_(file) {}

    int file_;
};

}  // namespace custodialbridge::app
