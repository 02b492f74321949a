#include "custodialbridge/runtime/blocking_pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace custodialbridge::runtime {

struct BlockingPool::Impl {
    explicit Impl(std::size_t limit) : queue_max(limit) {}

    void work() {
        for (;;) {
            std::function<void()> job;
            {
                std::unique_lock lock(mutex);
                ready.wait(lock, [this] { return stopping || !queue.empty(); });
                if (queue.empty()) return;
                job = std::move(queue.front());
                queue.pop_front();
            }
            job();
        }
    }

    std::size_t queue_max;
    std::mutex mutex;
    std::condition_variable ready;
    std::deque<std::function<void()>> queue;
    bool stopping = false;
    std::uint64_t calls = 0;
    std::vector<std::jthread> threads;
};

BlockingPool::BlockingPool(std::string name, std::size_t threads, std::size_t queue_max)
    : name_(std::move(name)), impl_(std::make_unique<Impl>(queue_max)) {
    for (std::size_t i = 0; i < threads; ++i)
        impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
}

BlockingPool::~BlockingPool() {
    std::deque<std::function<void()>> dropped;
    {
        std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
        dropped.swap(impl_->queue);
    }
    impl_->ready.notify_all();
    impl_->threads.clear();
}

bool BlockingPool::submit(std::function<void()> job) {
    {
        std::lock_guard lock(impl_->mutex);
        if (impl_->stopping || impl_->queue.size() >= impl_->queue_max) return false;
        impl_->queue.push_back(std::move(job));
        ++impl_->calls;
    }
    impl_->ready.notify_one();
    return true;
}

std::uint64_t BlockingPool::calls() const {
    std::lock_guard lock(impl_->mutex);
    return impl_->calls;
}

}  // namespace custodialbridge::runtime
