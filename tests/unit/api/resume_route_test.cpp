#include "served.hpp"

namespace custodialbridge::api {
namespace {

class ResumeRoute : public Served {
  protected:
    Response resume(const std::string& body, const std::string& chain = "31337",
                    const std::string& key = "admin-key") {
        return ask("POST", "/v1/admin/chains/" + chain + "/resume", key, body,
                   "Content-Type: application/json\r\n");
    }
};

TEST_F(ResumeRoute, AnswersWithTheChainsPartOfTheStatus) {
    serve();
    const auto response = resume(R"({"from_block":117})");
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(resumes.asked_chain, ChainId{31337});
    EXPECT_EQ(resumes.asked_block, BlockNumber{117});
    EXPECT_TRUE(resumes.has_time_to_withdraw);
    const auto whole = Json::parse(get("/v1/admin/status", "admin-key").body);
    EXPECT_EQ(Json::parse(response.body), whole["chains"][0]);
}

TEST_F(ResumeRoute, NeedsTheScopeAdmin) {
    serve();
    expect_problem(resume(R"({"from_block":1})", "31337", "write-key"), 403, "forbidden");
    expect_problem(resume(R"({"from_block":1})", "31337", ""), 401, "unauthorized");
    EXPECT_EQ(resumes.asked, 0);
}

TEST_F(ResumeRoute, RefusesABadBody) {
    serve();
    for (const char* body : {"", "{}", "[]", "7", "{", R"({"from_block":null})",
                             R"({"from_block":"7"})", R"({"from_block":-1})",
                             R"({"from_block":1.0})", R"({"from_block":9223372036854775808})",
                             R"({"from_block":[7]})", R"({"from_block":1,"from_block":2})",
                             R"({"from_block":1,"force":true})"})
        expect_problem(resume(body), 400, "invalid-body");
    EXPECT_EQ(resumes.asked, 0);
    EXPECT_EQ(resume(R"({"from_block":9223372036854775807})").status, 200);
    EXPECT_EQ(resume(R"({"from_block":0})").status, 200);
}

TEST_F(ResumeRoute, RefusesABodyThatIsNotSaidToBeJson) {
    serve();
    expect_problem(ask("POST", "/v1/admin/chains/31337/resume", "admin-key",
                       R"({"from_block":1})", "Content-Type: text/plain\r\n"),
                   415, "unsupported-media-type");
}

TEST_F(ResumeRoute, SaysWhichChainIsUnknown) {
    serve();
    resumes.failing = Error(Errc::not_found, "chain 5 is not configured");
    expect_problem(resume(R"({"from_block":1})", "5"), 404, "unknown-chain", "chain 5");
    expect_problem(resume(R"({"from_block":1})", "0"), 400, "invalid-parameter", "chain_id");
}

TEST_F(ResumeRoute, SaysWhyItWasRefused) {
    serve();
    resumes.failing = Error(Errc::refused, "block 9 is not the chain's any more");
    expect_problem(resume(R"({"from_block":9})"), 409, "resume-refused", "block 9");
}

TEST_F(ResumeRoute, IsUnavailableWhileNobodyTakesTheOrderUp) {
    serve();
    resumes.failing = Error(Errc::unavailable, "withdrawn");
    expect_problem(resume(R"({"from_block":9})"), 503, "unavailable", "withdrawn");
    resumes.failing = Error(Errc::timed_out, "not known");
    expect_problem(resume(R"({"from_block":9})"), 503, "unavailable", "not known");
}

TEST_F(ResumeRoute, AnswersToPostAlone) {
    serve();
    expect_problem(get("/v1/admin/chains/31337/resume", "admin-key"), 405, "method-not-allowed",
                   "POST");
}

}  // namespace
}  // namespace custodialbridge::api
