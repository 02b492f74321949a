#include "custodialbridge/api/http_server.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "listening.hpp"
#include "routes.hpp"

namespace custodialbridge::api {
namespace {

bool uses_tls(const Settings& settings) {
    return !settings.tls_certificate.empty() || !settings.tls_key.empty();
}

class Server final : public HttpServer {
  public:
    Server(Settings settings, Services services)
        : services_(std::move(services)),
          policies_(settings),
          thread_count_(settings.threads > 0 ? settings.threads
                                             : std::max(1u, std::thread::hardware_concurrency())),
          metrics_(services_.metrics, route_labels(), thread_count_),
          common_{services_, policies_, metrics_, nullptr, {}, {}} {}

    ~Server() override { stop(Millis(0)); }

    Result<void> start() override {
        const auto policy = policies_.current();
        const Settings& settings = policy->settings;
        if (uses_tls(settings)) {
            CB_TRY(tls, load_tls(settings.tls_certificate, settings.tls_key));
            common_.tls = std::move(tls);
        }
        for (std::size_t i = 0; i < thread_count_; ++i)
            workers_.push_back(std::make_unique<Worker>(common_, i));
        auto acceptor = listen_on(workers_.front()->loop(), settings.host, settings.port);
        if (!acceptor) {
            workers_.clear();
            return std::move(acceptor).error();
        }
        address_ = address_of(*acceptor);
        reception_.emplace(std::move(*acceptor), common_, workers_);
        boost::asio::post(workers_.front()->loop(), [this] { reception_->open(); });
        for (const auto& worker : workers_)
            threads_.emplace_back([&running = *worker] { running.run(); });
        return {};
    }

    std::string address() const override { return address_; }

    void reload(const Settings& settings) override { policies_.replace(settings); }

    void stop(Millis patience) override {
        if (threads_.empty()) return;
        common_.draining = true;
        boost::asio::post(workers_.front()->loop(), [this] { reception_->close(); });
        for (const auto& worker : workers_) worker->drain();
        if (!common_.connections.wait_for_none(patience)) {
            for (const auto& worker : workers_) worker->kill_all();
            common_.connections.wait_for_none();  // each request keeps its own deadline
        }
        for (const auto& worker : workers_) worker->stop();
        for (auto& thread : threads_) thread.join();
        threads_.clear();
        reception_.reset();
        workers_.clear();
    }

  private:
    Services services_;
    PolicyBoard policies_;
    std::size_t thread_count_;
    ApiMetrics metrics_;
    Common common_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::optional<Reception> reception_;
    std::vector<std::thread> threads_;
    std::string address_;
};

}  // namespace

Result<void> validate(const Settings& settings) {
    if (!uses_tls(settings)) return {};
    CB_TRY(tls, load_tls(settings.tls_certificate, settings.tls_key));
    (void)tls;
    return {};
}

std::unique_ptr<HttpServer> make_http_server(Settings settings, Services services) {
    return std::make_unique<Server>(std::move(settings), std::move(services));
}

}  // namespace custodialbridge::api
