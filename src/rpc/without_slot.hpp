/// Cancelling Beast's operations without handing them a cancellation slot.
///
/// Beast 1.81 wraps the slot of a composed operation in filters of its own, layer in layer in one
/// piece of memory, and destroys them twice when the slot belongs to an awaitable. So its
/// operations get no slot, and a cancellation of the awaiting task cancels the socket below
/// instead, which ends them with operation_aborted.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace custodialbridge::rpc {

/// `state` is the awaiting task's own: `co_await boost::asio::this_coro::cancellation_state`. Until
/// its next operation has completed, cancelling it cancels what `socket` does.
template <class Socket>
void cancel_with(boost::asio::cancellation_state state, Socket& socket) {
    auto slot = state.slot();
    if (!slot.is_connected()) return;
    slot.assign([&socket](boost::asio::cancellation_type) {
        boost::system::error_code ignored;
        socket.lowest_layer().cancel(ignored);
    });
}

/// The completion token: an awaitable whose error lands in `failure`, without a slot.
inline auto without_slot(boost::system::error_code& failure) {
    return boost::asio::bind_cancellation_slot(
        boost::asio::cancellation_slot(),
        boost::asio::redirect_error(boost::asio::use_awaitable, failure));
}

/// An operation that ended because its task was cancelled is no failure of the peer's.
inline void pass_on_cancellation(const boost::system::error_code& failure) {
    if (failure == boost::asio::error::operation_aborted)
        throw boost::system::system_error(failure);
}

}  // namespace custodialbridge::rpc
