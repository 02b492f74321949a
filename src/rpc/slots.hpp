/// Slots: at most so many at a time; the others wait in line.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <list>
#include <utility>

#include "custodialbridge/runtime/task.hpp"

namespace custodialbridge::rpc {

/// Lives on one loop and outlives its leases.
class Slots {
  public:
    class Lease {
      public:
        explicit Lease(Slots* slots) : slots_(slots) {}
        Lease(Lease&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (slots_) slots_->give_back();
        }

      private:
        Slots* slots_;
    };

    explicit Slots(std::size_t count) : free_(count) {}

    /// Waits for a slot, first come first served; cancelling leaves the line.
    runtime::Task<Lease> take();

  private:
    struct Waiter;

    void give_back();

    std::size_t free_;
    std::list<Waiter*> line_;
};

}  // namespace custodialbridge::rpc
