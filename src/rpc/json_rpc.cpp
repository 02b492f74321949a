#include "json_rpc.hpp"

#include <optional>
#include <utility>

#include "json_value.hpp"
#include "rpc_errors.hpp"

namespace custodialbridge::rpc {

namespace {

namespace json = simdjson::ondemand;

Error not_json_rpc(std::string_view what) {
    return {Errc::unavailable, "not a JSON-RPC answer: " + std::string(what)};
}

Error not_json_rpc(simdjson::error_code code) {
    return not_json_rpc(simdjson::error_message(code));
}

struct RpcError {
    std::int64_t code = 0;
    std::string message;
};

/// An error object, or a bare string as some gateways write it.
RpcError read_error(json::value value) {
    RpcError error;
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS) {
        error.message = text;
        return error;
    }
    json::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return error;
    for (auto field : object) {
        std::string_view key;
        json::value member;
        if (field.unescaped_key().get(key) || field.value().get(member)) break;
        if (key == "code") {
            if (member.get_int64().get(error.code)) error.code = 0;
        } else if (key == "message" || key == "data") {
            if (member.get_string().get(text) || text.starts_with("0x")) continue;
            if (!error.message.empty()) error.message += ": ";
            error.message += text;
        }
    }
    return error;
}

/// A parser keeps its index from answer to answer: fresh pages for a large one cost as much as its
/// parsing.
json::parser& parser_of_this_thread() {
    constexpr std::size_t kKeptBytesMax = 64 * 1024 * 1024;
    thread_local json::parser parser;
    if (parser.capacity() > kKeptBytesMax) parser = json::parser();
    return parser;
}

class AnswerReader {
  public:
    AnswerReader(std::size_t count, std::uint64_t first_id, const ResultReader& reader)
        : first_id_(first_id), reader_(reader), seen_(count) {
        answers_.outcomes.assign(count,
                                 Error(Errc::unavailable, "the answer to the call is missing"));
        answers_.said_nothing.assign(count, true);
    }

    Result<Answers> read(std::string& body) {
        bytes_ = body.size();
        if (body.capacity() < body.size() + simdjson::SIMDJSON_PADDING)
            body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
        json::parser& parser = parser_of_this_thread();
        json::document document;
        if (auto code = parser.iterate(body.data(), body.size(), body.capacity()).get(document))
            return not_json_rpc(code);
        json::json_type type;
        if (auto code = document.type().get(type)) return not_json_rpc(code);
        CB_CHECKED(type == json::json_type::array ? read_batch(document) : read_single(document));
        if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
            return not_json_rpc("there is more after its end");
        return std::move(answers_);
    }

  private:
    Result<void> read_batch(json::document& document) {
        json::array array;
        if (auto code = document.get_array().get(array)) return not_json_rpc(code);
        for (auto element : array) {
            json::object object;
            if (auto code = element.get_object().get(object)) return not_json_rpc(code);
            CB_CHECKED(read_object(object));
        }
        return {};
    }

    Result<void> read_single(json::document& document) {
        json::object object;
        if (auto code = document.get_object().get(object)) return not_json_rpc(code);
        return read_object(object);
    }

    /// The position of the call with this id.
    Result<std::size_t> claim(std::uint64_t id) {
        if (id < first_id_ || id - first_id_ >= seen_.size())
            return not_json_rpc("it has an id that was not asked");
        const auto call = static_cast<std::size_t>(id - first_id_);
        if (seen_[call]) return not_json_rpc("it has one id twice");
        seen_[call] = true;
        return call;
    }

    Result<void> read_object(json::object& object) {
        std::optional<std::size_t> call;
        std::optional<RpcError> error;
        bool has_result = false, result_read = false;
        for (auto field : object) {
            std::string_view key;
            json::value value;
            if (auto code = field.unescaped_key().get(key)) return not_json_rpc(code);
            if (auto code = field.value().get(value)) return not_json_rpc(code);
            if (key == "id" && !is_null(value)) {
                std::uint64_t id = 0;
                if (value.get_uint64().get(id)) return not_json_rpc("its id is not a number");
                CB_TRY(position, claim(id));
                call = position;
            } else if (key == "error" && !is_null(value)) {
                error = read_error(value);
            } else if (key == "result") {
                has_result = true;
                if (!call || error) continue;
                result_read = true;
                take(*call, value);
            }
        }
        if (error) return take_error(call, *error);
        if (!call) return not_json_rpc("it has no id");
        if (has_result && !result_read) return read_result_again(object, *call);
        return {};
    }

    /// For an answer that writes its result before its id. Read to the end, as the first time.
    Result<void> read_result_again(json::object& object, std::size_t call) {
        if (auto code = object.reset().error()) return not_json_rpc(code);
        for (auto field : object) {
            std::string_view key;
            json::value value;
            if (auto code = field.unescaped_key().get(key)) return not_json_rpc(code);
            if (auto code = field.value().get(value)) return not_json_rpc(code);
            if (key == "result") take(call, value);
        }
        return {};
    }

    void take(std::size_t call, json::value value) {
        JsonValue result(value, bytes_);
        answers_.outcomes[call] = reader_(call, result);
        answers_.said_nothing[call] = false;
    }

    /// An error with an id is that call's; one without stands for everything that was asked.
    Result<void> take_error(std::optional<std::size_t> call, const RpcError& error) {
        const Fault fault = classify(error.code, error.message);
        const Error outcome(errc_of(fault), describe_rpc_error(error.code, error.message));
        answers_.rate_limited |= fault == Fault::rate;
        answers_.batch_refused |= fault == Fault::batch;
        if (call) {
            answers_.outcomes[*call] = outcome;
            answers_.said_nothing[*call] = fault == Fault::busy;
        } else {
            for (auto& each : answers_.outcomes) each = outcome;
        }
        return {};
    }

    std::uint64_t first_id_;
    std::size_t bytes_ = 0;
    const ResultReader& reader_;
    std::vector<bool> seen_;
    Answers answers_;
};

void append_call(std::string& out, const Call& call, std::uint64_t id) {
    out += R"({"jsonrpc":"2.0","id":)";
    out += std::to_string(id);
    out += R"(,"method":")";
    out += call.method;
    out += R"(","params":)";
    out += call.parameters;
    out += '}';
}

}  // namespace

std::string encode_calls(std::span<const Call> calls, std::uint64_t first_id) {
    std::size_t size = 2;
    for (const Call& call : calls) size += call.parameters.size() + 96;
    std::string out;
    out.reserve(size);
    if (calls.size() > 1) out += '[';
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i > 0) out += ',';
        append_call(out, calls[i], first_id + i);
    }
    if (calls.size() > 1) out += ']';
    return out;
}

Result<Answers> read_answers(std::string& body, std::size_t count, std::uint64_t first_id,
                             const ResultReader& reader) {
    return AnswerReader(count, first_id, reader).read(body);
}

Result<void> all_of(const std::vector<Result<void>>& outcomes) {
    for (const auto& outcome : outcomes)
        if (!outcome) return outcome.error();
    return {};
}

}  // namespace custodialbridge::rpc
