#include "hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace custodialbridge::store {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

TEST(Hosts, OneHostIsOneSetOfKeywords) {
    const auto hosts = hosts_of("postgresql://cb@db.example:6000/ledger").value();
    ASSERT_EQ(hosts.size(), 1u);
    EXPECT_THAT(hosts[0], Contains(Pair("host", "db.example")));
    EXPECT_THAT(hosts[0], Contains(Pair("port", "6000")));
    EXPECT_THAT(hosts[0], Contains(Pair("dbname", "ledger")));
}

TEST(Hosts, SeveralHostsShareAllButTheirPlace) {
    const auto hosts =
        hosts_of("postgresql://cb:pw@a:1,b:2,c:3/ledger?target_session_attrs=read-write").value();
    ASSERT_EQ(hosts.size(), 3u);
    EXPECT_THAT(hosts[1], Contains(Pair("host", "b")));
    EXPECT_THAT(hosts[1], Contains(Pair("port", "2")));
    for (const Keywords& host : hosts) {
        EXPECT_THAT(host, Contains(Pair("password", "pw")));
        EXPECT_THAT(host, Contains(Pair("target_session_attrs", "read-write")));
    }
}

TEST(Hosts, OnePortIsForAllOfThem) {
    const auto hosts = hosts_of("host=a,b port=7000 dbname=ledger").value();
    ASSERT_EQ(hosts.size(), 2u);
    EXPECT_THAT(hosts[0], Contains(Pair("port", "7000")));
    EXPECT_THAT(hosts[1], Contains(Pair("port", "7000")));
}

TEST(Hosts, ListsOfDifferentLengthsAreRefused) {
    const auto hosts = hosts_of("host=a,b,c port=1,2 dbname=ledger");
    ASSERT_FALSE(hosts);
    EXPECT_EQ(hosts.error().code(), Errc::invalid);
}

TEST(Hosts, APortIsANumber) {
    for (const char* port : {"x", "0", "65536", "5432x", "-1"})
        EXPECT_FALSE(hosts_of("postgresql://h:" + std::string(port) + "/db")) << port;
    EXPECT_FALSE(hosts_of("postgresql://h1:5432,h2:x/db"));
    EXPECT_TRUE(hosts_of("postgresql://h1:5432,h2/db")) << "no port is the default one";
}

TEST(Hosts, AnUnreadableUrlIsRefusedWithoutShowingIt) {
    for (const char* url : {"postgresql://cb:geheim@[::1/x", "nonsense geheim", "colour=geheim",
                            "postgresql://u:geheim%zz@h/d"}) {
        const auto hosts = hosts_of(url);
        ASSERT_FALSE(hosts) << url;
        EXPECT_EQ(hosts.error().code(), Errc::invalid);
        EXPECT_THAT(hosts.error().message(), HasSubstr("database.url"));
        EXPECT_THAT(hosts.error().message(), Not(HasSubstr("geheim")));
    }
}

}  // namespace
}  // namespace custodialbridge::store
