#include "change_text.hpp"

#include <charconv>

#include "custodialbridge/core/ids.hpp"

namespace custodialbridge::cache {
namespace {

constexpr std::string_view kForm = "1";

template <class Number>
bool parse_number(std::string_view text, Number& value) {
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stopped == end;
}

// Takes the word before the next space off the front; empty at the end, and for an empty word.
std::string_view take_word(std::string_view& rest) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    return word;
}

bool take_user(std::string_view& rest, std::optional<UserId>& user) {
    auto parsed = parse_user_id(take_word(rest));
    if (!parsed) return false;
    user = std::move(*parsed);
    return true;
}

bool take_balances(std::string_view rest, Change& change) {
    while (!rest.empty()) {
        std::optional<UserId> user;
        TokenId token;
        if (!take_user(rest, user) || !parse_number(take_word(rest), token.value)) return false;
        change.balances.push_back({std::move(*user), change.chain, token});
    }
    return true;
}

bool take_users(std::string_view rest, Change& change) {
    while (!rest.empty()) {
        std::optional<UserId> user;
        if (!take_user(rest, user)) return false;
        change.users.push_back(std::move(*user));
    }
    return true;
}

}  // namespace

std::string to_text(const Change& change) {
    std::string text(kForm);
    text.append(" ").append(std::to_string(change.at.epoch));
    text.append(" ").append(std::to_string(change.at.block.value));
    const bool names_both = !change.balances.empty() && !change.users.empty();
    const std::size_t named = change.balances.size() + change.users.size();
    if (change.everything || names_both || named > Change::kNamedMost) return text.append(" all");
    text.append(change.users.empty() ? " balances" : " users");
    for (const BalanceKey& key : change.balances)
        text.append(" ").append(key.user.value).append(" ").append(std::to_string(key.token.value));
    for (const UserId& user : change.users) text.append(" ").append(user.value);
    return text;
}

std::optional<Change> parse_change(ChainId chain, std::string_view text) {
    Change change;
    change.chain = chain;
    if (take_word(text) != kForm) return std::nullopt;
    if (!parse_number(take_word(text), change.at.epoch)) return std::nullopt;
    if (!parse_number(take_word(text), change.at.block.value)) return std::nullopt;
    const std::string_view kind = take_word(text);
    change.everything = kind == "all";
    const bool well_formed = (change.everything && text.empty()) ||
                             (kind == "balances" && take_balances(text, change)) ||
                             (kind == "users" && take_users(text, change));
    if (!well_formed) return std::nullopt;
    return change;
}

}  // namespace custodialbridge::cache
