/// Params: the parameters of one prepared statement, all in binary.
#pragma once

#include <cstddef>
#include <vector>

#include "wire.hpp"

namespace custodialbridge::store {

class Params {
  public:
    template <class T>
    Params& add(const T& value) {
        starts_.push_back(writer_.size());
        writer_.put(value);
        return *this;
    }

    template <class Range, class Project>
    Params& add_array(const Range& range, Project project) {
        starts_.push_back(writer_.size());
        writer_.put_array(range, project);
        return *this;
    }

    std::size_t count() const { return starts_.size(); }

    /// Null for a null. Good until the next `add`.
    const char* data(std::size_t i) const { return length_word(i) < 0 ? nullptr : at(i) + 4; }
    int length(std::size_t i) const { return length_word(i) < 0 ? 0 : length_word(i); }

  private:
    const char* at(std::size_t i) const { return writer_.bytes().data() + starts_[i]; }
    std::int32_t length_word(std::size_t i) const { return load_big_endian<std::int32_t>(at(i)); }

    WireWriter writer_;
    std::vector<std::size_t> starts_;
};

/// The same as `Params().add(a).add(b)…`.
template <class... Values>
Params params(const Values&... values) {
    Params made;
    (made.add(values), ...);
    return made;
}

/// Numbers as the tables hold them: signed. Values too large for that turn negative and meet a
/// CHECK.
template <class Id>
auto column(const Id& id) {
    if constexpr (sizeof id.value == 4)
        return static_cast<std::int32_t>(id.value);
    else
        return static_cast<std::int64_t>(id.value);
}

}  // namespace custodialbridge::store
