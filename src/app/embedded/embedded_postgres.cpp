#include "embedded_postgres.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <system_error>

#include "postgres_programs.hpp"

namespace custodialbridge::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSuperuser = "custodialbridge";
constexpr Millis kInitLimit{300'000};

fs::path cluster_of(const Place& place) {
    return place.data_dir / "postgres";
}
fs::path log_of(const Place& place) {
    return place.data_dir / "postgres.log";
}
fs::path socket_of(const Place& place) {
    return place.run_dir / ".s.PGSQL.5432";
}
std::string mark_of(const Place& place) {
    return "custodialbridge-pg-" + place.mark;
}

/// libpq's keyword=value syntax: backslashes before quotes and backslashes.
std::string quoted_for_libpq(const std::string& value) {
    std::string text = "'";
    for (const char letter : value) {
        if (letter == '\'' || letter == '\\') text += '\\';
        text += letter;
    }
    return text + '\'';
}

/// An element of a list in PostgreSQL's configuration.
std::string quoted_for_list(const std::string& value) {
    std::string text = "\"";
    for (const char letter : value) {
        if (letter == '"') text += '"';
        text += letter;
    }
    return text + '"';
}

std::vector<std::string> server_arguments(const Place& place) {
    std::vector<std::string> arguments{"-D", cluster_of(place).string()};
    const auto set = [&arguments](const std::string& name, const std::string& value) {
        arguments.push_back("-c");
        arguments.push_back(name + "=" + value);
    };
    set("cluster_name", mark_of(place));  // also in the titles of all its processes
    set("listen_addresses", "");
    set("port", "5432");
    set("unix_socket_directories", quoted_for_list(place.run_dir.string()));
    set("unix_socket_permissions", "0700");
    set("max_connections", "64");
    set("shared_buffers", "256MB");
    set("max_wal_size", "2GB");
    set("wal_compression", "on");
    set("fsync", "on");
    set("synchronous_commit", "on");
    set("jit", "off");
    set("logging_collector", "off");
    set("log_destination", "stderr");
    set("log_timezone", "UTC");
    return arguments;
}

/// A first word of a file that is a process's number, as PostgreSQL writes its lock files.
std::optional<pid_t> pid_in(const fs::path& file) {
    std::ifstream input(file);
    std::string line;
    if (!std::getline(input, line)) return std::nullopt;
    long pid = 0;
    const auto [stopped, error] = std::from_chars(line.data(), line.data() + line.size(), pid);
    if (error != std::errc{} || pid <= 0) return std::nullopt;
    return static_cast<pid_t>(pid);
}

/// A living PostgreSQL that works in `cluster`; where that cannot be seen, any PostgreSQL.
bool works_in(const ProcessInfo& process, const fs::path& cluster) {
    const std::string program = fs::path(process.program()).filename().string();
    if (!program.starts_with("postgres") && !program.starts_with("postmaster")) return false;
    if (process.command_line.find(cluster.string()) != std::string::npos) return true;
    std::error_code error;
    const fs::path works =
        fs::read_symlink("/proc/" + std::to_string(process.id.pid) + "/cwd", error);
    return error || works == cluster;
}

/// After a restart of a container the number in a lock file may be somebody else's, and a killed
/// process may linger until its parent looks at it: PostgreSQL would refuse to start. We hold
/// data_dir's lock and no process of ours is left, so only a server that somebody else started
/// there counts.
Result<void> drop_stale_lock(const fs::path& file, const fs::path& cluster) {
    const auto pid = pid_in(file);
    const bool is_free = !pid || (kill(*pid, 0) != 0 && errno == ESRCH);
    if (is_free) return {};  // PostgreSQL sees for itself that nobody is there
    const auto process = inspect(*pid);
    if (process && works_in(*process, cluster))
        return Error{Errc::conflict, "another PostgreSQL (pid " + std::to_string(*pid) +
                                         ") runs in " + cluster.string() + "; stop that one first"};
    unlink(file.c_str());
    return {};
}

const std::string kUnfinished = "postgres.unfinished-";

/// What interrupted attempts left behind. A program of theirs may still be writing there: what
/// cannot be removed now is removed by a later start.
void remove_unfinished(const Place& place) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(place.data_dir, error)) {
        std::error_code ignored;
        if (entry.path().filename().string().starts_with(kUnfinished))
            fs::remove_all(entry.path(), ignored);
    }
}

/// A folder of this attempt alone: a killed predecessor's initdb may have left programs that go on
/// writing to theirs for a moment.
Result<fs::path> new_unfinished(const Place& place) {
    std::string folder = (place.data_dir / (kUnfinished + "XXXXXX")).string();
    if (mkdtemp(folder.data()) == nullptr) {
        const std::error_code error(errno, std::generic_category());
        return Error{Errc::refused, "cannot make " + folder + ": " + error.message()};
    }
    CB_CHECKED(make_private_directory(place.user, folder));
    return fs::path(folder);
}

/// initdb into a folder beside, renamed when it is whole: a cluster is there or it is not.
Result<void> make_cluster(const Place& place, const fs::path& programs,
                          const std::atomic<bool>& interrupted) {
    const fs::path cluster = cluster_of(place);
    CB_TRY(unfinished, new_unfinished(place));
    CB_CHECKED(run_to_end(Command{programs / "initdb",
                                  {"-D", unfinished.string(), "-U", kSuperuser, "-E", "UTF8",
                                   "--locale=C", "-A", "trust", "--data-checksums"},
                                  log_of(place),
                                  place.user},
                          kInitLimit, interrupted));
    // Whoever can open the socket may be anyone; only the socket's user and root can.
    std::ofstream(unfinished / "pg_hba.conf", std::ios::trunc) << "local all all trust\n";
    std::error_code error;
    fs::remove(cluster, error);  // an empty folder that somebody prepared
    fs::rename(unfinished, cluster, error);
    if (!error) return {};
    return Error{Errc::refused, "cannot make " + cluster.string() + ": " + error.message()};
}

Result<fs::path> prepare_cluster(const Place& place, const std::atomic<bool>& interrupted) {
    const fs::path cluster = cluster_of(place);
    remove_unfinished(place);
    const auto version = version_of_cluster(cluster);
    CB_TRY(programs, find_postgres_programs(version));
    std::error_code error;
    const bool strange = !version && fs::exists(cluster, error) && !fs::is_empty(cluster, error);
    if (strange || error)
        return Error{Errc::refused, cluster.string() + " is not a PostgreSQL data directory"};
    if (!version) CB_CHECKED(make_cluster(place, programs, interrupted));
    CB_CHECKED(make_private_directory(place.user, cluster));
    return programs / "postgres";
}

}  // namespace

EmbeddedPostgres::EmbeddedPostgres(Place place, StatusReport report,
                                   const std::atomic<bool>& interrupted)
    : place_(std::move(place)), report_(std::move(report)), interrupted_(interrupted) {}

Result<std::string> EmbeddedPostgres::start(Millis limit) {
    CB_TRY(server, prepare_cluster(place_, interrupted_));
    ServicePlan plan;
    plan.name = "PostgreSQL";
    plan.mark = mark_of(place_);
    plan.program = "postgres";
    plan.command = Command{server, server_arguments(place_), log_of(place_), place_.user};
    plan.socket = socket_of(place_);
    plan.stop_signals = {SIGINT, SIGQUIT};
    plan.is_main = [](const ProcessInfo& process) {  // its children give themselves titles
        return !process.command_line.starts_with("postgres: ");
    };
    plan.ask = [place = place_](Millis wait) { return ask(place, wait); };
    plan.before_start = [place = place_]() -> Result<void> {
        const fs::path cluster = cluster_of(place);
        CB_CHECKED(drop_stale_lock(cluster / "postmaster.pid", cluster));
        return drop_stale_lock(socket_of(place).string() + ".lock", cluster);
    };
    service_ = std::make_unique<ServiceProcess>(std::move(plan), report_, interrupted_);
    CB_CHECKED(service_->start(limit));
    return url(place_);
}

Task<void> EmbeddedPostgres::supervise(runtime::Clock& clock) {
    return service_->supervise(clock);
}

void EmbeddedPostgres::stop(Millis patience) {
    if (service_) service_->stop(patience);
}

std::optional<ProcessId> EmbeddedPostgres::process() const {
    return service_ ? service_->process() : std::nullopt;
}

std::string EmbeddedPostgres::url(const Place& place) {
    return "host=" + quoted_for_libpq(place.run_dir.string()) + " port=5432 user=" + kSuperuser +
           " dbname=postgres";
}

Answer EmbeddedPostgres::ask(const Place& place, Millis limit) {
    return ask_postgres(socket_of(place), kSuperuser, limit);
}

}  // namespace custodialbridge::app
