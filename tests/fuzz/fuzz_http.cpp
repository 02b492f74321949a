// Bytes of a connection: whatever comes, in whatever pieces, the same requests come out.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "request_reader.hpp"
#include "target.hpp"

namespace {

using custodialbridge::api::Method;
using custodialbridge::api::Query;
using custodialbridge::api::RequestReader;

constexpr std::size_t kBodyMax = 4'096;

std::size_t body_max_of(Method, std::string_view, std::size_t usual) { return usual; }

/// What was understood of the bytes, when they come in pieces of this size.
std::vector<std::string> understood(std::string_view bytes, std::size_t piece) {
    std::vector<std::string> all;
    RequestReader reader(body_max_of);
    for (;;) {
        const auto next = reader.next(kBodyMax);
        if (next == RequestReader::Next::bad) {
            if (reader.problem().type->status < 400) std::abort();
            return all;  // sooner or later, as the pieces are
        }
        if (next == RequestReader::Next::request) {
            const auto& request = reader.request();
            if (request.body.size() > kBodyMax) std::abort();
            all.push_back(std::string(request.target) + '\n' + std::string(request.body));
            const auto target = custodialbridge::api::parse_target(request.target);
            if (target) (void)Query(*target).only("limit cursor");
            reader.consume();
            continue;
        }
        if (bytes.empty()) return all;
        (void)reader.continue_wanted();
        const auto room = reader.space();
        const std::size_t count = std::min({room.size(), bytes.size(), piece});
        if (count == 0) std::abort();
        std::memcpy(room.data(), bytes.data(), count);
        reader.received(count);
        bytes.remove_prefix(count);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (understood(bytes, 7) != understood(bytes, size + 1)) std::abort();
    return 0;
}
