#include "request_reader.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <optional>

#include "custodialbridge/core/limits.hpp"

namespace custodialbridge::api {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::iequals;

constexpr std::size_t kBufferStart = 4 * 1024;
constexpr std::size_t kBufferMax = limits::kHttpHeaderBytesMax + kBufferStart;
constexpr std::size_t kBodyKept = 64 * 1024;  // capacity that a connection keeps between requests

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get: return Method::get;
        case http::verb::head: return Method::head;
        case http::verb::put: return Method::put;
        case http::verb::post: return Method::post;
        case http::verb::delete_: return Method::del;
        default: return Method::other;
    }
}

/// A piece of the request's bytes by position: the buffer may move while the head is still coming.
struct Piece {
    std::size_t offset = 0;
    std::size_t size = 0;
    std::string_view in(const char* base) const { return {base + offset, size}; }
};

/// Beast's parser, keeping the few fields that we read.
class Message final : public http::basic_parser<true> {
  public:
    Message(std::string& body, RequestReader::BodyMax body_max_of, std::size_t usual)
        : body_max(usual), body_(body), body_max_of_(body_max_of) {
        header_limit(limits::kHttpHeaderBytesMax);
        body_limit(usual);
    }

    std::size_t parse(std::string_view bytes, std::size_t from, error_code& ec) {
        base_ = bytes.data();
        end_ = bytes.data() + bytes.size();
        return put(boost::asio::const_buffer(base_ + from, bytes.size() - from), ec);
    }

    Piece target, authorization, content_type, if_none_match;
    Method method = Method::other;
    bool http_1_0 = false;
    bool has_authorization = false, has_content_type = false;
    bool expects_continue = false, expects_other = false;
    unsigned hosts = 0;
    std::size_t body_max;
    const char* fault = nullptr;  // of ours, beside Beast's

  private:
    using View = boost::beast::string_view;

    void on_request_impl(http::verb verb, View, View path, int version, error_code&) override {
        method = method_of(verb);
        http_1_0 = version == 10;
        target = piece(path);
        body_max = body_max_of_(method, {path.data(), path.size()}, body_max);
        body_limit(body_max);
    }

    void on_field_impl(http::field name, View, View value, error_code& ec) override {
        if (is_header_done()) return;  // a trailer may not change what the head said
        if (!value.empty() && (value.data() < base_ || value.data() >= end_))
            return fail(ec, "folded header lines are not accepted");
        switch (name) {
            case http::field::host: ++hosts; return;
            case http::field::authorization:
                if (has_authorization) return fail(ec, "more than one Authorization header");
                has_authorization = true;
                authorization = piece(value);
                return;
            case http::field::content_type:
                if (has_content_type) return fail(ec, "more than one Content-Type header");
                has_content_type = true;
                content_type = piece(value);
                return;
            case http::field::if_none_match:  // passing a further line over costs a whole answer
                if (if_none_match.size == 0) if_none_match = piece(value);
                return;
            case http::field::expect:
                (iequals(value, "100-continue") ? expects_continue : expects_other) = true;
                return;
            case http::field::transfer_encoding:
                if (http_1_0 || !iequals(value, "chunked"))
                    return fail(ec, "Transfer-Encoding must be chunked");
                return;
            default: return;
        }
    }

    void on_header_impl(error_code& ec) override {
        if (hosts > 1 || (hosts == 0 && !http_1_0)) fail(ec, "exactly one Host header is needed");
    }

    std::size_t on_body_impl(View part, error_code&) override {
        body_.append(part.data(), part.size());
        return part.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, View part, error_code&) override {
        body_.append(part.data(), part.size());
        return part.size();
    }

    void on_response_impl(int, View, int, error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    void fail(error_code& ec, const char* what) {
        fault = what;
        ec = http::error::bad_value;
    }

    Piece piece(View view) const {
        return {view.empty() ? 0 : static_cast<std::size_t>(view.data() - base_), view.size()};
    }

    std::string& body_;
    const RequestReader::BodyMax body_max_of_;
    const char* base_ = nullptr;
    const char* end_ = nullptr;
};

}  // namespace

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get: return "GET";
        case Method::head: return "HEAD";
        case Method::put: return "PUT";
        case Method::post: return "POST";
        case Method::del: return "DELETE";
        case Method::other: break;
    }
    return "other";
}

struct RequestReader::Parser {
    std::optional<Message> message;
    std::size_t parsed = 0;  // bytes of the request that the parser took, without a dropped body's
    std::size_t head = 0;    // size of its head, once that is done
    bool continue_said = false;
    std::string body;

    void begin(BodyMax body_max_of, std::size_t usual) {
        if (body.capacity() > kBodyKept) body = {};
        body.clear();
        message.emplace(body, body_max_of, usual);
        parsed = head = 0;
        continue_said = false;
    }
};

RequestReader::RequestReader(BodyMax body_max_of)
    : body_max_of_(body_max_of), buffer_(kBufferStart), parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

std::string_view RequestReader::unread() const { return {buffer_.data() + begin_, end_ - begin_}; }

std::span<char> RequestReader::space() {
    if (end_ == buffer_.size() && begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size() && buffer_.size() < kBufferMax) buffer_.resize(kBufferMax);
    return {buffer_.data() + end_, buffer_.size() - end_};
}

void RequestReader::received(std::size_t bytes) { end_ += bytes; }

RequestReader::Next RequestReader::next(std::size_t body_max) {
    if (!parser_->message) skip_empty_lines();
    if (!parser_->message && unread() == "\r") return Next::head;
    if (begin_ != end_) return feed(body_max);
    begin_ = end_ = 0;
    if (buffer_.size() > kBufferStart) buffer_ = std::vector<char>(kBufferStart);
    return Next::nothing;
}

// RFC 9112 §2.2: empty lines before a request line are ignored.
void RequestReader::skip_empty_lines() {
    while (unread().starts_with("\r\n")) begin_ += 2;
}

RequestReader::Next RequestReader::feed(std::size_t body_max) {
    Parser& parser = *parser_;
    if (!parser.message) parser.begin(body_max_of_, body_max);
    Message& message = *parser.message;
    while (parser.parsed < unread().size()) {
        error_code ec;
        parser.parsed += message.parse(unread(), parser.parsed, ec);
        if (ec == http::error::need_more) break;
        if (ec == http::error::header_limit) return refuse_head();
        if (ec == http::error::body_limit)
            return refuse(problems::kBodyTooLarge,
                          "a body may have at most " + std::to_string(message.body_max) + " bytes");
        if (ec)
            return refuse(problems::kMalformedRequest,
                          message.fault ? message.fault : ec.message());
        if (parser.head == 0 && message.is_header_done()) parser.head = parser.parsed;
        if (message.is_done()) return complete();
    }
    return wait_for_more();
}

RequestReader::Next RequestReader::complete() {
    const Parser& parser = *parser_;
    if (parser.head > limits::kHttpHeaderBytesMax) return refuse_head();
    const Message& message = *parser.message;
    if (message.expects_other)
        return refuse(problems::kExpectationFailed, "Expect: only 100-continue is understood");
    const char* base = unread().data();
    request_.method = message.method;
    request_.keep_alive = message.keep_alive();
    request_.http_1_0 = message.http_1_0;
    request_.has_authorization = message.has_authorization;
    request_.has_content_type = message.has_content_type;
    request_.target = message.target.in(base);
    request_.authorization = message.authorization.in(base);
    request_.content_type = message.content_type.in(base);
    request_.if_none_match = message.if_none_match.in(base);
    request_.body = parser.body;
    return Next::request;
}

RequestReader::Next RequestReader::wait_for_more() {
    Parser& parser = *parser_;
    if (!parser.message->is_header_done()) {
        if (unread().size() > limits::kHttpHeaderBytesMax) return refuse_head();
        return Next::head;
    }
    if (parser.head > limits::kHttpHeaderBytesMax) return refuse_head();
    drop_parsed_body();
    if (unread().size() == kBufferMax)
        return refuse(problems::kMalformedRequest, "a chunk's header is too long");
    return Next::body;
}

// The head stays, because the request's views point into it.
void RequestReader::drop_parsed_body() {
    Parser& parser = *parser_;
    char* const head_end = buffer_.data() + begin_ + parser.head;
    const std::size_t dropped = parser.parsed - parser.head;
    std::memmove(head_end, head_end + dropped, end_ - begin_ - parser.parsed);
    end_ -= dropped;
    parser.parsed = parser.head;
}

RequestReader::Next RequestReader::refuse_head() {
    return refuse(problems::kHeadersTooLarge, "a request's head may have at most 16 KiB");
}

RequestReader::Next RequestReader::refuse(const ProblemType& type, std::string detail) {
    problem_ = Problem(type, std::move(detail));
    return Next::bad;
}

bool RequestReader::continue_wanted() {
    Parser& parser = *parser_;
    if (!parser.message || parser.head == 0 || parser.continue_said) return false;
    parser.continue_said = true;
    return parser.message->expects_continue && !parser.message->http_1_0;
}

bool RequestReader::has_more() const { return begin_ + parser_->parsed < end_; }

void RequestReader::consume() {
    begin_ += parser_->parsed;
    parser_->message.reset();
}

void RequestReader::discard() {
    parser_->message.reset();
    begin_ = end_ = 0;
}

}  // namespace custodialbridge::api
