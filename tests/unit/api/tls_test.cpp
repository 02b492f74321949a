#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>

#include "custodialbridge/api/ask_ready.hpp"
#include "served.hpp"

namespace custodialbridge::api {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

/// A self-signed certificate for "localhost" and its key, in a folder of their own.
class Certificate {
  public:
    Certificate() {
        char folder[] = "/tmp/cb-api-tls-XXXXXX";
        folder_ = ::mkdtemp(folder);
        EVP_PKEY* pkey = EVP_EC_gen("P-256");
        X509* x509 = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), -60);
        X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
        X509_set_pubkey(x509, pkey);
        X509_NAME* name = X509_get_subject_name(x509);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
        X509_set_issuer_name(x509, name);
        X509_sign(x509, pkey, EVP_sha256());
        write(certificate(), [&](FILE* file) { PEM_write_X509(file, x509); });
        write(key(), [&](FILE* file) {
            PEM_write_PrivateKey(file, pkey, nullptr, nullptr, 0, nullptr, nullptr);
        });
        X509_free(x509);
        EVP_PKEY_free(pkey);
    }
    ~Certificate() {
        ::unlink(certificate().c_str());
        ::unlink(key().c_str());
        ::rmdir(folder_.c_str());
    }

    std::string certificate() const { return folder_ + "/certificate.pem"; }
    std::string key() const { return folder_ + "/key.pem"; }

  private:
    template <class Write>
    static void write(const std::string& path, Write what) {
        FILE* file = std::fopen(path.c_str(), "w");
        what(file);
        std::fclose(file);
    }

    std::string folder_;
};

class Tls : public Served {
  protected:
    void serve_tls() {
        settings.tls_certificate = certificate.certificate();
        settings.tls_key = certificate.key();
        serve();
    }

    std::uint16_t port() const {
        const auto address = server->address();
        return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }

    Certificate certificate;
};

class TlsClient {
  public:
    TlsClient(std::uint16_t port, const std::string& trusted) : stream_(loop_, context_) {
        context_.load_verify_file(trusted);
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.next_layer().connect(Tcp::endpoint(asio::ip::address_v4::loopback(), port));
        stream_.handshake(asio::ssl::stream_base::client);
    }

    void send(const std::string& text) { asio::write(stream_, asio::buffer(text)); }

    std::string read(const std::string& until) {
        asio::read_until(stream_, asio::dynamic_buffer(buffer_), until);
        const auto end = buffer_.find(until) + until.size();
        std::string text = buffer_.substr(0, end);
        buffer_.erase(0, end);
        return text;
    }

    boost::system::error_code read_to_end() {
        boost::system::error_code error;
        asio::read(stream_, asio::dynamic_buffer(buffer_), error);
        return error;
    }

  private:
    asio::io_context loop_;
    asio::ssl::context context_{asio::ssl::context::tls_client};
    asio::ssl::stream<Tcp::socket> stream_;
    std::string buffer_;
};

TEST_F(Tls, ServesTheSameOverTls) {
    serve_tls();
    TlsClient connection(port(), certificate.certificate());
    for (int i = 0; i < 3; ++i) {
        connection.send(request_text("GET", kBalancePath, "read-key"));
        EXPECT_THAT(connection.read("\r\n\r\n"), testing::HasSubstr("X-Balance-Tier: local"));
        EXPECT_THAT(connection.read("}"), testing::HasSubstr("USDT"));
    }
}

TEST_F(Tls, PipelinesAndEndsWithACloseNotify) {
    serve_tls();
    TlsClient connection(port(), certificate.certificate());
    std::string requests;
    for (int i = 0; i < 200; ++i)
        requests += request_text("GET", i % 2 ? kBalancePath : "/v1/users/cold/balances/31337/2",
                                 "read-key");
    connection.send(requests + request_text("GET", "/livez", "", "", "Connection: close\r\n"));
    for (int i = 0; i < 200; ++i)
        EXPECT_THAT(connection.read("}"), testing::HasSubstr(i % 2 ? "\"u1\"" : "\"cold\"")) << i;
    EXPECT_THAT(connection.read("\"live\":true}"), testing::HasSubstr("Connection: close"));
    EXPECT_EQ(connection.read_to_end(), asio::error::eof);  // not stream_truncated
}

TEST_F(Tls, LargeAnswersArriveWhole) {
    serve_tls();
    for (int i = 0; i < 200; ++i) {
        telemetry::HealthCheck check;
        check.name = "check-" + std::to_string(i);
        check.detail = std::string(1'000, 'x');
        health.set(check);
    }
    TlsClient connection(port(), certificate.certificate());
    connection.send(request_text("GET", "/readyz", ""));
    EXPECT_GT(connection.read("\"degraded\":[]}").size(), 200'000u);
}

TEST_F(Tls, PlainTextOnATlsPortIsClosed) {
    settings.header_timeout = Millis(50);
    serve_tls();
    auto plain = client();
    plain.send(request_text("GET", kBalancePath, "read-key"));
    EXPECT_THROW(plain.read(), std::runtime_error);
    auto silent = client();
    EXPECT_TRUE(silent.is_closed());
}

TEST_F(Tls, AServerWithOpenTlsConnectionsStops) {
    serve_tls();
    TlsClient connection(port(), certificate.certificate());
    connection.send(request_text("GET", "/livez", ""));
    connection.read("true}");
    server->stop(Millis(20));
    EXPECT_TRUE(connection.read_to_end());
}

TEST_F(Tls, AHealthCheckAsksOverItWhateverTheCertificate) {
    serve_tls();
    const std::string place = "127.0.0.1:" + std::to_string(port());
    health.set({"database", true, "ok", telemetry::Weight::required});
    EXPECT_TRUE(ask_ready("https://" + place, Millis{3'000}));
    health.set({"database", false, "away", telemetry::Weight::required});
    EXPECT_FALSE(ask_ready("https://" + place, Millis{3'000}));
    EXPECT_FALSE(ask_ready("http://" + place, Millis{3'000}));
    EXPECT_EQ(ask_ready("https://127.0.0.1:65536", Millis{100}).error().code(), Errc::invalid);
    EXPECT_EQ(ask_ready("https://127.0.0.1:0", Millis{100}).error().code(), Errc::invalid);
}

TEST_F(Tls, FilesAreCheckedWithoutAServer) {
    EXPECT_TRUE(validate(settings)) << "there are none";
    settings.tls_certificate = certificate.certificate();
    settings.tls_key = certificate.key();
    EXPECT_TRUE(validate(settings));
    const Certificate another;
    settings.tls_key = another.key();
    const auto mixed = validate(settings);
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().code(), Errc::invalid);
    EXPECT_THAT(mixed.error().message(), testing::HasSubstr(another.key()));
}

TEST_F(Tls, FilesThatCannotBeLoadedAreNamed) {
    settings.port = 0;
    settings.tls_certificate = "/nonexistent/certificate.pem";
    settings.tls_key = certificate.key();
    const auto missing = make_http_server(settings, services())->start();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), Errc::invalid);
    EXPECT_THAT(missing.error().message(), testing::HasSubstr("/nonexistent/certificate.pem"));
    settings.tls_certificate = certificate.certificate();
    settings.tls_key = certificate.certificate();
    const auto swapped = make_http_server(settings, services())->start();
    ASSERT_FALSE(swapped);
    EXPECT_THAT(swapped.error().message(), testing::HasSubstr(certificate.certificate()));
}

}  // namespace
}  // namespace custodialbridge::api
