#include "desk.hpp"

namespace custodialbridge::api {

Desk::Desk(const Services& services, ledger::BalanceReader& reader, const PolicyBoard& board,
           ApiMetrics& metrics, std::size_t thread, const std::atomic<bool>& draining)
    : services_(services),
      reader_(reader),
      board_(board),
      metrics_(metrics),
      tally_(metrics.tally(thread)),
      draining_(draining),
      policy_(board.current()) {
    now();
    refresh_date();
}

void Desk::count(std::size_t route, unsigned status, Instant since) {
    tally_.count(route, status);
    metrics_.seconds(route).observe(std::chrono::duration<double>(now() - since).count());
}

}  // namespace custodialbridge::api
