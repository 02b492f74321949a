#include "lru_slab.hpp"

#include <limits>

#include "custodialbridge/core/check.hpp"

namespace custodialbridge::cache {

LruSlab::LruSlab() : entries_(1), order_(1), index_(0, Hash{&entries_}, Same{&entries_}) {}

LocalEntry* LruSlab::find(const LocalKey& key) {
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : &entries_[*found];
}

void LruSlab::touch(LocalEntry& entry) {
    const std::uint32_t i = index_of(entry);
    const std::uint32_t newest = order_[kEnds].older;
    if (newest == i) return;
    unlink(i);
    link_between(i, newest, kEnds);
}

LocalEntry& LruSlab::add(const LocalKey& key, End end) {
    std::uint32_t i;
    if (free_.empty()) {
        CB_CHECK(entries_.size() < std::numeric_limits<std::uint32_t>::max());
        i = static_cast<std::uint32_t>(entries_.size());
        entries_.emplace_back();
        order_.emplace_back();
    } else {
        i = free_.back();
        free_.pop_back();
    }
    LocalEntry& entry = entries_[i];
    entry.user = key.user;
    entry.chain = key.chain;
    entry.token = key.token;
    entry.hash = key.hash;
    CB_CHECK(index_.insert(i).second);
    if (end == End::most_recent)
        link_between(i, order_[kEnds].older, kEnds);
    else
        link_between(i, kEnds, order_[kEnds].newer);
    return entry;
}

LocalEntry* LruSlab::least_recent() {
    const std::uint32_t oldest = order_[kEnds].newer;
    return oldest == kEnds ? nullptr : &entries_[oldest];
}

void LruSlab::erase(LocalEntry& entry) {
    const std::uint32_t i = index_of(entry);
    index_.erase(i);
    unlink(i);
    free_.push_back(i);
}

std::uint32_t LruSlab::index_of(const LocalEntry& entry) const {
    return static_cast<std::uint32_t>(&entry - entries_.data());
}

void LruSlab::link_between(std::uint32_t i, std::uint32_t older, std::uint32_t newer) {
    order_[i] = {newer, older};
    order_[older].newer = i;
    order_[newer].older = i;
}

void LruSlab::unlink(std::uint32_t i) {
    const Links links = order_[i];
    order_[links.older].newer = links.newer;
    order_[links.newer].older = links.older;
}

}  // namespace custodialbridge::cache
