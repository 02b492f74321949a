#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "client_fixture.hpp"
#include "support/anvil.hpp"
#include "web_socket_feed.hpp"

namespace custodialbridge::rpc {
namespace {

class HeadFeeds : public ClientFixture {
  protected:
    std::size_t heads = 0;
    bool ended = false;
    boost::asio::cancellation_signal stop;
    std::unique_ptr<HeadFeed> feed;

    static Settings settings_of(const std::vector<std::string>& ws) {
        Settings made;
        made.chain = {31337};
        made.connect_timeout = Millis(500);
        made.call_timeout = Millis(1000);
        for (const std::string& url : ws) {
            EndpointSettings endpoint;
            endpoint.ws = url;
            made.endpoints.push_back(endpoint);
        }
        return made;
    }

    void start(std::unique_ptr<HeadFeed> of) {
        feed = std::move(of);
        boost::asio::co_spawn(loop, feed->run([this] { ++heads; }),
                              boost::asio::bind_cancellation_slot(
                                  stop.slot(), [this](std::exception_ptr) { ended = true; }));
    }

    void start(const std::vector<std::string>& ws) {
        start(make_head_feed(settings_of(ws), loop.get_executor(), clock, random));
    }

    bool wait_for(const std::function<bool()>& reached, Millis patience = Seconds(20)) {
        const Instant end = clock.now() + patience;
        loop.restart();
        while (!reached() && clock.now() < end) loop.run_one_for(Millis(50));
        return reached();
    }

    ~HeadFeeds() override {
        stop.emit(boost::asio::cancellation_type::terminal);
        EXPECT_TRUE(wait_for([this] { return !feed || ended; }));
    }
};

TEST_F(HeadFeeds, SayWhenABlockArrives) {
    testing::Anvil anvil;
    start({anvil.ws_url()});
    ASSERT_TRUE(wait_for([this] { return heads == 1; }));  // subscribed
    for (std::size_t block = 2; block < 6; ++block) {
        anvil.mine();
        ASSERT_TRUE(wait_for([&] { return heads == block; }));
    }
}

TEST_F(HeadFeeds, GoOnToTheNextEndpoint) {
    testing::Anvil anvil;
    start({"ws://127.0.0.1:1", anvil.ws_url()});
    EXPECT_TRUE(wait_for([this] { return heads == 1; }));
}

TEST_F(HeadFeeds, LeaveANodeOnAnotherChain) {
    testing::Anvil other({"--chain-id", "5"}), anvil;
    start({other.ws_url(), anvil.ws_url()});
    ASSERT_TRUE(wait_for([this] { return heads == 1; }));
    other.mine();
    anvil.mine();
    ASSERT_TRUE(wait_for([this] { return heads == 2; }));
}

TEST_F(HeadFeeds, ComeBackWhenTheNodeDoes) {
    testing::Anvil anvil;
    start({anvil.ws_url()});
    ASSERT_TRUE(wait_for([this] { return heads == 1; }));
    anvil.stop();
    anvil.start();
    ASSERT_TRUE(wait_for([this] { return heads == 2; }));
    anvil.mine();
    EXPECT_TRUE(wait_for([this] { return heads == 3; }));
}

TEST_F(HeadFeeds, LeaveANodeThatFellSilent) {
    testing::Anvil silent, anvil;
    auto settings = settings_of({silent.ws_url(), anvil.ws_url()});
    start(std::make_unique<WebSocketFeed>(settings, clock, random, Millis(800)));
    ASSERT_TRUE(wait_for([this] { return heads == 1; }));
    silent.pause();
    ASSERT_TRUE(wait_for([this] { return heads == 2; }));
    anvil.mine();
    EXPECT_TRUE(wait_for([this] { return heads == 3; }));
    silent.resume();
}

TEST_F(HeadFeeds, KeepAQuietNodeThatAnswersPings) {
    testing::Anvil quiet, anvil;
    auto settings = settings_of({quiet.ws_url(), anvil.ws_url()});
    start(std::make_unique<WebSocketFeed>(settings, clock, random, Millis(1000)));
    ASSERT_TRUE(wait_for([this] { return heads == 1; }));
    EXPECT_FALSE(wait_for([this] { return heads > 1; }, Seconds(3)));
    quiet.mine();
    EXPECT_TRUE(wait_for([this] { return heads == 2; }));
}

TEST_F(HeadFeeds, WithoutAUrlWaitToBeCancelled) {
    start(std::vector<std::string>{""});
    EXPECT_FALSE(wait_for([this] { return ended; }, Millis(100)));
}

}  // namespace
}  // namespace custodialbridge::rpc
