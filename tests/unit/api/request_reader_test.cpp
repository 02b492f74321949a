#include "request_reader.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <vector>

namespace custodialbridge::api {
namespace {

using Next = RequestReader::Next;

constexpr std::size_t kBodyMax = 10'000;

/// What was read, in words, so that two ways of reading can be compared.
class Transcript {
  public:
    void take(std::string_view bytes) {
        while (!bytes.empty() && !bad_) {
            const auto space = reader_.space();
            ASSERT_FALSE(space.empty());
            const auto size = std::min(space.size(), bytes.size());
            std::copy_n(bytes.begin(), size, space.begin());
            reader_.received(size);
            bytes.remove_prefix(size);
            read();
        }
    }

    std::vector<std::string> words;

  private:
    void read() {
        for (;;) {
            const Next next = reader_.next(kBodyMax);
            if (next == Next::bad) {
                bad_ = true;
                words.push_back("bad " + std::string(reader_.problem().type->slug));
                return;
            }
            if (next != Next::request) return;
            const Request& request = reader_.request();
            words.push_back(
                std::string(to_string(request.method)) + " " + std::string(request.target) +
                " auth=" + std::string(request.authorization) +
                " type=" + std::string(request.content_type) +
                " body=" + std::string(request.body) + (request.keep_alive ? " keep" : ""));
            reader_.consume();
        }
    }

    /// A POST to /large may have twice as much.
    static std::size_t body_max_of(Method method, std::string_view target, std::size_t usual) {
        return method == Method::post && target == "/large" ? 2 * usual : usual;
    }

    RequestReader reader_{body_max_of};
    bool bad_ = false;
};

std::vector<std::string> read_whole(std::string_view bytes) {
    Transcript transcript;
    transcript.take(bytes);
    return transcript.words;
}

std::vector<std::string> read_in_pieces(std::string_view bytes, std::mt19937_64& random) {
    Transcript transcript;
    while (!bytes.empty()) {
        const auto size = std::min<std::size_t>(bytes.size(), random() % 40 + 1);
        transcript.take(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    return transcript.words;
}

const std::string kConversation =
    "GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n\r\n"
    "\r\nPUT /b?c=d HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    "7\r\n\r\n"
    "{\"a\":1}"
    "POST /e HTTP/1.1\r\nhost: x\r\nTransfer-Encoding: chunked\r\nAuthorization: A\r\n\r\n"
    "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\nAuthorization: B\r\n\r\n"
    "DELETE /f HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    "HEAD /g HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST(RequestReader, ReadsRequestsOneAfterAnother) {
    const std::vector<std::string> expected{
        "GET /a auth=Bearer k type= body= keep",
        "PUT /b?c=d auth= type=application/json body={\"a\":1} keep",
        "POST /e auth=A type= body=abc0123456789 keep", "DELETE /f auth= type= body= keep",
        "HEAD /g auth= type= body="};
    EXPECT_EQ(read_whole(kConversation), expected);
}

TEST(RequestReader, ItDoesNotMatterHowTheBytesAreCut) {
    const auto whole = read_whole(kConversation);
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        std::mt19937_64 random(seed);
        ASSERT_EQ(read_in_pieces(kConversation, random), whole) << "seed " << seed;
    }
}

TEST(RequestReader, BodiesLargerThanItsBufferAreWhole) {
    const std::string body(kBodyMax, 'b');
    const std::string head = "PUT /x HTTP/1.1\r\nHost: x\r\nX: " + std::string(9'000, 'h') +
                             "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    const std::string bytes = head + body + head + body;
    const std::string word = "PUT /x auth= type= body=" + body + " keep";
    std::mt19937_64 random(1);
    EXPECT_EQ(read_in_pieces(bytes, random), (std::vector<std::string>{word, word}));
    EXPECT_EQ(read_whole(bytes), (std::vector<std::string>{word, word}));
}

TEST(RequestReader, ABodyMayBeAsLargeAsItsTargetSays) {
    const auto ask = [](const std::string& start, std::size_t size) {
        const std::string head = start + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                 std::to_string(size) + "\r\n\r\n";
        return read_whole(head + std::string(size, 'b')).front();
    };
    EXPECT_THAT(ask("POST /large", 2 * kBodyMax), testing::StartsWith("POST /large"));
    EXPECT_EQ(ask("POST /large", 2 * kBodyMax + 1), "bad body-too-large");
    EXPECT_EQ(ask("PUT /large", kBodyMax + 1), "bad body-too-large");
    EXPECT_EQ(ask("POST /small", kBodyMax + 1), "bad body-too-large");
}

TEST(RequestReader, AMutatedConversationIsReadTheSameHoweverItIsCut) {
    for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
        std::mt19937_64 random(seed);
        std::string bytes = kConversation;
        for (auto changes = random() % 4 + 1; changes-- > 0;) {
            const auto at = random() % bytes.size();
            switch (random() % 3) {
                case 0: bytes[at] = static_cast<char>(random()); break;
                case 1: bytes.erase(at, random() % 5 + 1); break;
                default: bytes.insert(at, 1, "\r\n :;0,\t"[random() % 8]);
            }
        }
        bytes += "\r\n\r\n";  // a bad line may be refused only when its head is complete
        const auto whole = read_whole(bytes);
        ASSERT_EQ(read_in_pieces(bytes, random), whole) << "seed " << seed;
    }
}

}  // namespace
}  // namespace custodialbridge::api
