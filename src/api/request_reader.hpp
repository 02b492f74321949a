/// RequestReader: the requests of one connection, one after another, out of the bytes that come in.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "problem.hpp"
#include "request.hpp"

namespace custodialbridge::api {

/// No socket in here. HTTP is Beast's to parse; what Beast lets through and RFC 9112 does not
/// (folded headers, foreign transfer codings, no Host) is refused here. Nothing is copied but
/// bodies.
class RequestReader {
  public:
    enum class Next {
        nothing,  ///< no byte of a next request
        head,     ///< a part of its head
        body,     ///< its head and a part of its body
        request,  ///< all of it: `request()`
        bad       ///< `problem()`; the connection cannot go on
    };

    /// How large a request's body may be, as soon as its method and target are known; `usual` is
    /// what `next` was given.
    using BodyMax = std::size_t (*)(Method, std::string_view target, std::size_t usual);

    explicit RequestReader(BodyMax body_max_of);
    ~RequestReader();

    /// Where the next bytes from the connection go; never empty after `next()` asked for more.
    std::span<char> space();
    void received(std::size_t bytes);

    /// Looks at what came; a body of more than `body_max` bytes is bad. The views of `request()`
    /// are good until `consume()`, as long as no bytes are received meanwhile.
    Next next(std::size_t body_max);
    const Request& request() const { return request_; }
    const Problem& problem() const { return problem_; }

    /// True once per request, when its head is there and the client waits for "100 Continue" to
    /// send its body.
    bool continue_wanted();

    /// Something was received behind the request.
    bool has_more() const;

    /// Done with the request.
    void consume();

    /// Forgets all that was received.
    void discard();

  private:
    struct Parser;

    std::string_view unread() const;
    void skip_empty_lines();
    Next feed(std::size_t body_max);
    Next wait_for_more();
    Next complete();
    Next refuse(const ProblemType& type, std::string detail);
    Next refuse_head();
    void drop_parsed_body();

    const BodyMax body_max_of_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of the current request
    std::size_t end_ = 0;    // of what was received
    std::unique_ptr<Parser> parser_;
    Request request_;
    Problem problem_;
};

}  // namespace custodialbridge::api
