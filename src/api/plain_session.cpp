#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "connections.hpp"

namespace custodialbridge::api {
namespace {

class PlainSession final : public Session {
  public:
    PlainSession(SessionOwner& owner, Socket socket) : Session(owner), socket_(std::move(socket)) {}

  private:
    void open() override { on_open({}); }

    void read_some(std::span<char> into) override {
        socket_.async_read_some(
            boost::asio::buffer(into.data(), into.size()),
            [this](boost::system::error_code error, std::size_t bytes) { on_read(error, bytes); });
    }

    std::size_t write_now(std::string_view bytes) override {
        boost::system::error_code error;  // met again by write_some
        return socket_.write_some(boost::asio::buffer(bytes), error);
    }

    void write_some(std::string_view bytes) override {
        socket_.async_write_some(boost::asio::buffer(bytes),
                                 [this](boost::system::error_code error, std::size_t written) {
                                     on_written(error, written);
                                 });
    }

    bool end_output() override {
        boost::system::error_code ignored;  // the client may be gone already
        socket_.shutdown(Socket::shutdown_send, ignored);
        return false;
    }

    bool has_input() override {
        boost::system::error_code error;
        return socket_.available(error) > 0 && !error;
    }

    void close() override {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }

    Socket socket_;
};

}  // namespace

std::unique_ptr<Session> make_plain_session(SessionOwner& owner, Socket socket) {
    return std::make_unique<PlainSession>(owner, std::move(socket));
}

}  // namespace custodialbridge::api
