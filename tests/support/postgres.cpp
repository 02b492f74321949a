#include "support/postgres.hpp"

namespace custodialbridge::testing {

PostgresServer& PostgresServer::shared() {
    static PostgresServer server;
    return server;
}

std::string PostgresServer::url(std::string_view database) const {
    return "postgresql://cb@/" + std::string(database) + "?host=" + home_;
}

std::string PostgresServer::fresh_database(std::string_view original) {
    static std::atomic<unsigned> count{0};
    const std::string name = "t" + std::to_string(++count);
    create_database(name, original);
    return url(name);
}

void PostgresServer::create_database(std::string_view name, std::string_view original) {
    sql("postgres", "CREATE DATABASE " + std::string(name) + " TEMPLATE " + std::string(original));
}

std::string PostgresServer::sql(std::string_view database, std::string_view statements) const {
    std::string rows = run({bin("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", home_, "-U", "cb",
                            "-d", std::string(database), "-c", std::string(statements)});
    while (!rows.empty() && rows.back() == '\n') rows.pop_back();
    return rows;
}

void PostgresServer::stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGQUIT);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > end) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    pid_ = 0;
}

void PostgresServer::start() {
    std::vector<std::string> line{bin("postgres"), "-D", data(), "-k", home_};
    for (const char* setting :
         {"listen_addresses=", "fsync=off", "full_page_writes=off", "max_wal_size=4GB",
          "shared_buffers=256MB", "max_connections=60", "logging_collector=off"})
        settings_of(line, setting);
    for (const std::string& setting : settings_) settings_of(line, setting);
    std::filesystem::remove(data() + "/postmaster.pid");
    const int log = ::open((home_ + "/log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0644);
    pid_ = spawn(line, log, SIGQUIT);
    ::close(log);
    await_ready();
}

void PostgresServer::settings_of(std::vector<std::string>& line, std::string_view setting) {
    line.insert(line.end(), {"-c", std::string(setting)});
}

std::string PostgresServer::text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string PostgresServer::bin(const std::string& program) {
    static const std::string folder = [] {
        int newest = 0;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none))
            newest = std::max(newest, std::atoi(entry.path().filename().c_str()));
        return "/usr/lib/postgresql/" + std::to_string(newest) + "/bin/";
    }();
    return folder + program;
}

void PostgresServer::give_to_server_user() {
    if (::geteuid() != 0) return;
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr) throw std::runtime_error("postgres: no user `postgres` to run as");
    uid_ = user->pw_uid;
    gid_ = user->pw_gid;
    if (::chown(home_.c_str(), uid_, gid_) != 0)
        throw std::runtime_error("postgres: cannot hand over " + home_);
}

pid_t PostgresServer::spawn(std::vector<std::string> line, int output,
                            int signal_when_orphaned) const {
    std::vector<char*> argv;
    for (std::string& word : line) argv.push_back(word.data());
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (uid_ != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(gid_) != 0 || ::setuid(uid_) != 0))
        ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, signal_when_orphaned);  // after setuid, which clears it
    if (::getppid() != parent || ::chdir("/") != 0) ::_exit(125);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

std::string PostgresServer::run(const std::vector<std::string>& line) const {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("postgres: no pipe");
    const pid_t child = spawn(line, ends[1], SIGKILL);
    ::close(ends[1]);
    std::string output;
    char buffer[4096];
    for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
        output.append(buffer, static_cast<std::size_t>(n));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) throw std::runtime_error(line[0] + ": " + output);
    return output;
}

void PostgresServer::await_ready() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (text_of(data() + "/postmaster.pid").find("\nready") == std::string::npos) {
        const bool gone = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
        if (gone) pid_ = 0;
        if (gone || std::chrono::steady_clock::now() > end)
            throw std::runtime_error("postgres does not start: " + log());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void PostgresServer::end() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(home_, ignored);
}

}  // namespace custodialbridge::testing
