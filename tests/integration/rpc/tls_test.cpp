#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "client_fixture.hpp"
#include "fault_server.hpp"

namespace custodialbridge::rpc {
namespace {

using ::testing::HasSubstr;

/// A key and a certificate for "localhost" that it signed itself, in files of a folder of its own.
class SelfSigned {
  public:
    SelfSigned() {
        char name[] = "/tmp/cb-tls-XXXXXX";
        folder_ = ::mkdtemp(name);
        key_.reset(EVP_EC_gen("P-256"));
        certificate_.reset(X509_new());
        X509* made = certificate_.get();
        X509_set_version(made, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made), 3600);
        X509_set_pubkey(made, key_.get());
        X509_NAME* subject = X509_get_subject_name(made);
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
        X509_set_issuer_name(made, subject);
        extend(NID_subject_alt_name, "DNS:localhost");
        extend(NID_basic_constraints, "critical,CA:TRUE");
        X509_sign(made, key_.get(), EVP_sha256());
        write();
    }
    ~SelfSigned() { std::filesystem::remove_all(folder_); }

    std::string certificate_file() const { return folder_ + "/certificate.pem"; }
    std::string key_file() const { return folder_ + "/key.pem"; }

  private:
    void extend(int what, const char* value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
        X509_add_ext(certificate_.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }

    void write() const {
        std::FILE* file = std::fopen(certificate_file().c_str(), "w");
        PEM_write_X509(file, certificate_.get());
        std::fclose(file);
        file = std::fopen(key_file().c_str(), "w");
        PEM_write_PrivateKey(file, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        std::fclose(file);
    }

    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
        void operator()(X509* certificate) const { X509_free(certificate); }
    };
    std::string folder_;
    std::unique_ptr<EVP_PKEY, Free> key_;
    std::unique_ptr<X509, Free> certificate_;
};

class Tls : public ClientFixture {
  protected:
    SelfSigned identity;
    boost::asio::ssl::context context{boost::asio::ssl::context::tls_server};
    std::unique_ptr<FaultServer> server;

    Tls() {
        context.use_certificate_chain_file(identity.certificate_file());
        context.use_private_key_file(identity.key_file(), boost::asio::ssl::context::pem);
        const auto answer = [](const Received& received) {
            return Reply{{http_ok(answer_all(received.body, [](const json& call) -> json {
                                      if (call.at("method") == "eth_chainId") return "0x7a69";
                                      const std::string hash = "0x" + std::string(64, '1');
                                      return {{"number", "0x9"},
                                              {"hash", hash},
                                              {"parentHash", hash},
                                              {"timestamp", "0x1"}};
                                  }).dump())}};
        };
        server = std::make_unique<FaultServer>(answer, &context);
    }
    ~Tls() override { ::unsetenv("SSL_CERT_FILE"); }

    Result<BlockHeader> latest_from(const std::string& host) {
        use(settings({"https://" + host + ":" + server->port()}));
        return latest(Millis(900));
    }
};

TEST_F(Tls, RefusesACertificateThatNobodyVouchesFor) {
    ::unsetenv("SSL_CERT_FILE");
    const auto header = latest_from("localhost");
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error().code(), Errc::unavailable);
    EXPECT_THAT(header.error().message(), HasSubstr("certificate"));
    EXPECT_EQ(server->requests.load(), 0u);
}

TEST_F(Tls, TakesACertificateThatIsTrusted) {
    ::setenv("SSL_CERT_FILE", identity.certificate_file().c_str(), 1);
    for (int i = 0; i < 3; ++i) {
        const auto header = i == 0 ? latest_from("localhost") : latest();
        ASSERT_TRUE(header) << header.error().message();
        EXPECT_EQ(header->ref.number.value, 9u);
    }
    EXPECT_EQ(server->connections.load(), 1u);
}

TEST_F(Tls, RefusesATrustedCertificateOfAnotherHost) {
    ::setenv("SSL_CERT_FILE", identity.certificate_file().c_str(), 1);
    const auto header = latest_from("127.0.0.1");
    ASSERT_FALSE(header);
    EXPECT_THAT(header.error().message(), HasSubstr("another host"));
    EXPECT_EQ(server->requests.load(), 0u);
}

}  // namespace
}  // namespace custodialbridge::rpc
