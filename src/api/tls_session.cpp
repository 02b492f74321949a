#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "connections.hpp"

namespace custodialbridge::api {
namespace {

namespace ssl = boost::asio::ssl;

class TlsSession final : public Session {
  public:
    TlsSession(SessionOwner& owner, Socket socket, ssl::context& tls)
        : Session(owner), stream_(std::move(socket), tls) {}

  private:
    void open() override {
        stream_.async_handshake(ssl::stream_base::server,
                                [this](boost::system::error_code error) { on_open(error); });
    }

    void read_some(std::span<char> into) override {
        stream_.async_read_some(
            boost::asio::buffer(into.data(), into.size()),
            [this](boost::system::error_code error, std::size_t bytes) { on_read(error, bytes); });
    }

    std::size_t write_now(std::string_view) override { return 0; }  // records may have to wait

    void write_some(std::string_view bytes) override {
        stream_.async_write_some(boost::asio::buffer(bytes),
                                 [this](boost::system::error_code error, std::size_t written) {
                                     on_written(error, written);
                                 });
    }

    bool end_output() override {
        stream_.async_shutdown([this](boost::system::error_code) { on_output_ended(); });
        return true;
    }

    bool has_input() override {
        boost::system::error_code error;
        return stream_.next_layer().available(error) > 0 && !error;
    }

    void close() override {
        boost::system::error_code ignored;
        stream_.next_layer().close(ignored);
    }

    ssl::stream<Socket> stream_;
};

}  // namespace

std::unique_ptr<Session> make_tls_session(SessionOwner& owner, Socket socket, ssl::context& tls) {
    return std::make_unique<TlsSession>(owner, std::move(socket), tls);
}

Result<std::shared_ptr<ssl::context>> load_tls(const std::string& certificate,
                                               const std::string& key) {
    auto tls = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code error;
    tls->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                         ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                     error);
    if (error) return Error(Errc::invalid, "TLS: " + error.message());
    tls->use_certificate_chain_file(certificate, error);
    if (error) return Error(Errc::invalid, certificate + ": " + error.message());
    tls->use_private_key_file(key, ssl::context::pem, error);
    if (error) return Error(Errc::invalid, key + ": " + error.message());
    if (SSL_CTX_check_private_key(tls->native_handle()) != 1)
        return Error(Errc::invalid, key + ": is not the key of " + certificate);
    return tls;
}

}  // namespace custodialbridge::api
