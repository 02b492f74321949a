/// JsonText: writes JSON into a string that is there already. Commas are its business.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace custodialbridge::api {

void append_number(std::string& out, std::uint64_t value);

/// With quotes; escapes what RFC 8259 §7 asks for. Bytes above 0x7f are taken to be UTF-8.
void append_json_string(std::string& out, std::string_view text);

class JsonText {
  public:
    explicit JsonText(std::string& out) : out_(out) {}

    void open_object() { open('{'); }
    void close_object() { close('}'); }
    void open_list() { open('['); }
    void close_list() { close(']'); }
    void key(std::string_view name);

    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(const std::string& text) { value(std::string_view(text)); }
    template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>) void value(Number number) { unsigned_value(number); }
    void value(double number);  ///< shortest form that reads back equal; null when not finite
    template <std::same_as<bool> Flag>
    void value(Flag flag) {
        bare(flag ? "true" : "false");
    }
    void null() { bare("null"); }
    template <class T>
    void value(const std::optional<T>& maybe) {
        if (maybe)
            value(*maybe);
        else
            null();
    }

    template <class T>
    void member(std::string_view name, const T& what) {
        key(name);
        value(what);
    }

  private:
    void open(char bracket);
    void close(char bracket);
    void separate();
    void bare(std::string_view text);
    void unsigned_value(std::uint64_t number);

    std::string& out_;
    bool first_ = true;
};

}  // namespace custodialbridge::api
