#include "substitute.hpp"

#include <algorithm>

namespace custodialbridge::config {
namespace {

bool is_name(std::string_view text) {
    const auto is_digit = [](char letter) { return letter >= '0' && letter <= '9'; };
    const auto is_letter = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               letter == '_';
    };
    return !text.empty() && text.size() <= 255 && is_letter(text[0]) &&
           std::all_of(text.begin(), text.end(),
                       [&](char letter) { return is_letter(letter) || is_digit(letter); });
}

}  // namespace

Substituted substitute(std::string_view text, const Environment& environment) {
    Substituted result;
    while (!text.empty()) {
        const std::size_t at = std::min(text.find("${"), text.size());
        const bool escaped = at < text.size() && at > 0 && text[at - 1] == '$';
        result.text += text.substr(0, escaped ? at - 1 : at);
        text.remove_prefix(at);
        if (text.empty()) break;
        text.remove_prefix(2);
        if (escaped) {
            result.text += "${";
            continue;
        }
        const std::size_t end = text.find('}');
        if (end == std::string_view::npos || !is_name(text.substr(0, end))) {
            result.problems.emplace_back(
                "${ does not begin a variable like ${NAME}; write $${ for a literal ${");
            break;
        }
        const std::string name(text.substr(0, end));
        const auto value = environment(name);
        if (!value) result.problems.push_back("the environment variable " + name + " is not set");
        result.text += value.value_or("");
        result.replaced = true;
        text.remove_prefix(end + 1);
    }
    return result;
}

}  // namespace custodialbridge::config
