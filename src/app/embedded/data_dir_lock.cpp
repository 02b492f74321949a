#include "data_dir_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kBetweenTries{50};

Error refused(const std::string& what, int number) {
    return {Errc::refused, what + ": " + std::generic_category().message(number)};
}

/// "daemon run 1234" or "command migrate 1234"; empty in the moment before its owner writes it.
std::string holder_of(int file) {
    std::array<char, 128> text{};
    const ssize_t got = pread(file, text.data(), text.size(), 0);
    std::string holder(text.data(), static_cast<std::size_t>(got < 0 ? 0 : got));
    return holder.substr(0, holder.find('\n'));
}

/// False too when that daemon is dead: then the text is its, and the lock somebody's who is about
/// to write.
bool is_living_daemon(const std::string& holder) {
    if (!holder.starts_with("daemon ")) return false;
    const int pid = std::atoi(holder.substr(holder.rfind(' ') + 1).c_str());
    return pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
}

Error in_use(const fs::path& data_dir, const std::string& holder, Errc code) {
    return {code, "data_dir " + data_dir.string() + " is in use by another custodialbridge (" +
                      (holder.empty() ? "starting" : holder) + ")"};
}

void write_holder(int file, Owner owner, const std::string& name) {
    const std::string text = std::string(owner == Owner::daemon ? "daemon " : "command ") + name +
                             ' ' + std::to_string(getpid()) + '\n';
    // A failure costs only the name in somebody's error message.
    if (ftruncate(file, 0) == 0 && pwrite(file, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

DataDirLock::~DataDirLock() {
    if (file_ >= 0) close(file_);
}

Result<DataDirLock> DataDirLock::take(const fs::path& data_dir, Owner owner,
                                      const std::string& name, Millis patience) {
    std::error_code error;
    fs::create_directories(data_dir, error);
    if (error) return refused("cannot make data_dir " + data_dir.string(), error.value());
    const std::string path = (data_dir / "lock").string();
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0) return refused("cannot open " + path, errno);
    DataDirLock lock(file);
    const auto until = std::chrono::steady_clock::now() + patience;
    while (flock(file, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return refused("cannot lock " + path, errno);
        const std::string holder = holder_of(file);
        if (is_living_daemon(holder)) return in_use(data_dir, holder, Errc::conflict);
        if (std::chrono::steady_clock::now() >= until)
            return in_use(data_dir, holder, Errc::timed_out);
        std::this_thread::sleep_for(kBetweenTries);
    }
    write_holder(file, owner, name);
    return lock;
}

}  // namespace custodialbridge::app
