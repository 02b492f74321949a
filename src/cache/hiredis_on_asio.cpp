#include "hiredis_on_asio.hpp"

#include <hiredis/async.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

namespace custodialbridge::cache {
namespace {

using boost::asio::posix::stream_descriptor;

// Reading or writing: whether hiredis wants it, and whether a wait for it is under way.
struct Direction {
    bool wanted = false;
    bool waiting = false;
};

struct Watch {
    Watch(const runtime::Executor& executor, redisAsyncContext* of)
        : context(of), descriptor(executor, of->c.fd) {}

    redisAsyncContext* context;  // nothing once hiredis has let go
    stream_descriptor descriptor;
    Direction reading;
    Direction writing;
};

using WatchPtr = std::shared_ptr<Watch>;

void wait(const WatchPtr& watch, Direction Watch::*direction);

void ready(const WatchPtr& watch, Direction Watch::*direction) {
    (watch.get()->*direction).waiting = false;
    if (watch->context == nullptr || !(watch.get()->*direction).wanted) return;
    if (direction == &Watch::reading)
        redisAsyncHandleRead(watch->context);
    else
        redisAsyncHandleWrite(watch->context);
    if (watch->context != nullptr && (watch.get()->*direction).wanted) wait(watch, direction);
}

void wait(const WatchPtr& watch, Direction Watch::*direction) {
    if ((watch.get()->*direction).waiting) return;
    (watch.get()->*direction).waiting = true;
    const auto kind =
        direction == &Watch::reading ? stream_descriptor::wait_read : stream_descriptor::wait_write;
    watch->descriptor.async_wait(kind, [watch, direction](boost::system::error_code error) {
        // An error of the wait itself: hiredis meets it again at its read or write, and says so.
        if (error != boost::asio::error::operation_aborted) ready(watch, direction);
    });
}

// hiredis' hooks; each is given the WatchPtr that `watch_on` made.
WatchPtr& watch_of(void* data) {
    return *static_cast<WatchPtr*>(data);
}

template <Direction Watch::*direction>
void start(void* data) {
    const WatchPtr& watch = watch_of(data);
    (watch.get()->*direction).wanted = true;
    wait(watch, direction);
}

template <Direction Watch::*direction>
void stop(void* data) {
    (watch_of(data).get()->*direction).wanted = false;
}

void let_go(void* data) {
    const std::unique_ptr<WatchPtr> watch(static_cast<WatchPtr*>(data));
    (*watch)->context->ev = {};
    (*watch)->context = nullptr;
    (*watch)->descriptor.release();  // hiredis closes it
}

}  // namespace

void watch_on(const runtime::Executor& executor, redisAsyncContext* context) {
    context->ev.data = new WatchPtr(std::make_shared<Watch>(executor, context));
    context->ev.addRead = start<&Watch::reading>;
    context->ev.delRead = stop<&Watch::reading>;
    context->ev.addWrite = start<&Watch::writing>;
    context->ev.delWrite = stop<&Watch::writing>;
    context->ev.cleanup = let_go;
}

}  // namespace custodialbridge::cache
