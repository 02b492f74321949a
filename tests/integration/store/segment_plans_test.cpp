#include <gmock/gmock.h>

#include <sstream>

#include "many_users.hpp"
#include "postgres_store.hpp"

namespace custodialbridge::store {
namespace {

using namespace many;
using ::testing::HasSubstr;

/// The plans that the sessions made of what `run` had them do, as the server logs them.
template <class Run>
std::string plans_of(PostgresStore& postgres, Run run) {
    for (const char* setting : {"session_preload_libraries = auto_explain",
                                "auto_explain.log_min_duration = 0"})
        postgres.sql("ALTER DATABASE " + postgres.database() + " SET " + setting);
    const auto& server = testing::PostgresServer::shared();
    const std::size_t before = server.log().size();
    run();
    return server.log().substr(before);
}

/// Sessions keep the plans that they made while the tables were new: one that reads all of an index
/// would read all of it also when it is large.
void expect_keys_only(const std::string& plans) {
    std::istringstream lines(plans);
    std::string scan, about;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("Query Text:") != line.npos) about = line;
        if (!scan.empty()) {
            EXPECT_THAT(line, HasSubstr("Index Cond")) << scan << "\n" << about;
            scan.clear();
        }
        const bool of_polls = line.find(" on polls ") != line.npos ||
                              line.find(" on poll_segments ") != line.npos;
        if (of_polls && line.find("Index") != line.npos && line.find("Scan") != line.npos)
            scan = line;
        const bool by_user = line.find("Join Filter") != line.npos &&
                             line.find("user_id") != line.npos;
        EXPECT_FALSE(by_user) << line << "\n" << about;
        EXPECT_EQ(line.find("Seq Scan on polls"), line.npos) << about;
    }
}

TEST_F(OnPostgres, SegmentsAndTheirMembersAreLookedUpByTheirKeysInNewTables) {
    const std::string plans = plans_of(postgres_, [&] {
        ManyUsers users(store_);
        users.poll_all(100);
        users.mine({users.wallet_of(5)});
        users.amounts[user(6)] = 7;
        PollPlan plan = users.plan(users.due(), users.segments(), 101);
        plan.missed.push_back({{user(9)}, kEther, kNoon});
        std::erase_if(plan.segments.front().balances,
                      [](const PolledBalance& one) { return one.user.value == user(9); });
        users.store(plan);
        users.mine();
        users.poll_all(102);
        PollPlan apart = users.plan({}, {}, 102);
        apart.apart = {users.segments().front().id};
        users.store(apart);
        users.unwind(101);
    });
    for (const char* shown : {"Update on polls", "Update on poll_segments", "poll_segments_due",
                              "Delete on poll_segments", "LockRows", "polls_members"})
        EXPECT_THAT(plans, HasSubstr(shown)) << "it is not shown at all";
    expect_keys_only(plans);
}

}  // namespace
}  // namespace custodialbridge::store
