/// Lets an Asio loop watch the socket of an asynchronous hiredis connection.
#pragma once

#include "custodialbridge/runtime/task.hpp"

struct redisAsyncContext;

namespace custodialbridge::cache {

/// Before any callback is set on `context`, once. It lasts until hiredis frees the context; the
/// socket stays hiredis' own. Everything happens on `executor`, whose loop must not run handlers in
/// parallel.
void watch_on(const runtime::Executor& executor, redisAsyncContext* context);

}  // namespace custodialbridge::cache
