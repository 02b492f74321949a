#include "run_as.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

Error failed(const std::string& what, int number) {
    return {Errc::refused, what + ": " + std::generic_category().message(number)};
}

std::optional<RunAs> user_from(const passwd* entry) {
    if (entry == nullptr) return std::nullopt;
    return RunAs{entry->pw_uid, entry->pw_gid, entry->pw_name, true, std::nullopt};
}

/// Exactly `capability`, in every set that survives an exec.
bool keep_only(int capability) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    const auto bit = 1U << (static_cast<unsigned>(capability) % 32);
    auto& set = sets[static_cast<unsigned>(capability) / 32];
    set.effective = set.permitted = set.inheritable = bit;
    return syscall(SYS_capset, &header, sets.data()) == 0 &&
           prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) == 0;
}

bool is_open_to_all(const fs::path& directory) {
    struct stat info {};
    return stat(directory.c_str(), &info) != 0 || (info.st_mode & S_IWOTH) != 0;
}

/// In a child, as `who`: does the way to `directory` end there? The child's exit code is errno.
int try_way(const RunAs& who, const std::string& directory) {
    const pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) {
        struct stat ignored {};
        const bool there = become(who) && stat(directory.c_str(), &ignored) == 0;
        _exit(there ? 0 : errno);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
}

}  // namespace

Result<RunAs> choose_user(const fs::path& kept) {
    if (geteuid() != 0) {
        const auto ourselves = user_from(getpwuid(geteuid()));  // NOLINT(concurrency-mt-unsafe)
        const std::string number = "uid " + std::to_string(geteuid());
        return RunAs{geteuid(), getegid(), ourselves ? ourselves->name : number, false, {}};
    }
    struct stat info {};
    if (stat(kept.c_str(), &info) == 0 && info.st_uid != 0)
        if (auto owner = user_from(getpwuid(info.st_uid)))
            return *owner;  // NOLINT(concurrency-mt-unsafe)
    for (const char* name : {"postgres", "nobody"})
        if (auto user = user_from(getpwnam(name))) return *user;  // NOLINT(concurrency-mt-unsafe)
    return Error{Errc::refused,
                 "embedded services do not run as root, and there is neither a user "
                 "postgres nor nobody to run them"};
}

Result<void> grant_way_to(RunAs& who, const fs::path& directory) {
    const std::string inside = directory.string() + "/.";
    who.capability.reset();
    if (!who.drop) return {};
    int wrong = try_way(who, inside);
    for (const int capability : {CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE}) {
        if (wrong != EACCES) break;
        who.capability = capability;
        if (const int now = try_way(who, inside); now != EPERM && now != EINVAL) wrong = now;
    }
    if (wrong == 0) return {};
    return failed("user " + who.name + " cannot get at " + directory.string(), wrong);
}

bool become(const RunAs& who) {
    if (!who.drop) return true;
    if (who.capability && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return false;
    if (setgroups(0, nullptr) != 0 || setresgid(who.gid, who.gid, who.gid) != 0 ||
        setresuid(who.uid, who.uid, who.uid) != 0)
        return false;
    if (who.capability && !keep_only(*who.capability)) return false;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

Result<void> give_to(const RunAs& who, const fs::path& tree) {
    if (!who.drop) return {};
    const auto give = [&who](const fs::path& path) -> Result<void> {
        if (lchown(path.c_str(), who.uid, who.gid) == 0) return {};
        return failed("cannot give " + path.string() + " to user " + who.name, errno);
    };
    std::error_code error;
    CB_CHECKED(give(tree));
    for (fs::recursive_directory_iterator at(tree, error), end; !error && at != end;
         at.increment(error))
        CB_CHECKED(give(at->path()));
    if (error) return failed("cannot read " + tree.string(), error.value());
    return {};
}

Result<void> make_private_directory(const RunAs& who, const fs::path& directory) {
    const std::string name = directory.string();
    if (mkdir(name.c_str(), 0700) != 0 && errno != EEXIST)
        return failed("cannot make " + name, errno);
    struct stat info {};
    if (lstat(name.c_str(), &info) != 0) return failed("cannot look at " + name, errno);
    if (!S_ISDIR(info.st_mode)) return Error{Errc::refused, name + " is not a directory"};
    const bool ours = info.st_uid == geteuid() || info.st_uid == who.uid;
    const bool may_take = geteuid() == 0 && !is_open_to_all(directory.parent_path());
    if (!ours && !may_take)
        return Error{Errc::refused, name + " belongs to uid " + std::to_string(info.st_uid) +
                                        ", not to user " + who.name +
                                        "; run as its owner, or remove it"};
    if ((info.st_mode & 07777) != 0700 && chmod(name.c_str(), 0700) != 0)
        return failed("cannot make " + name + " private", errno);
    if (who.drop && info.st_uid != who.uid) return give_to(who, directory);
    return {};
}

}  // namespace custodialbridge::app
