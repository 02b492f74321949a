// The sample, broken at random: loading ends, with settings or with problems that say something.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "given_yaml.hpp"

namespace custodialbridge::config {
namespace {

using Random = std::mt19937_64;

std::string sample() {
    std::ifstream file(CB_SOURCE_DIR "/config/custodialbridge.yaml");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The sample without comments: what is broken is what is read.
std::string bare_sample() {
    std::istringstream lines(sample());
    std::string text;
    for (std::string line; std::getline(lines, line);)
        if (line.find_first_not_of(' ') != line.find('#')) text += line + '\n';
    return text;
}

std::size_t below(Random& random, std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

void change_byte(std::string& text, Random& random) {
    constexpr std::string_view kLetters = "{}[]:,#&*!|>'\"%@`-? \n\t0159azAZ_$~\\.<\x80\xff";
    text[below(random, text.size())] = kLetters[below(random, kLetters.size())];
}

void move_piece(std::string& text, Random& random) {
    const std::size_t from = below(random, text.size());
    const std::string piece = text.substr(from, 1 + below(random, 60));
    if (below(random, 2) == 0) text.erase(from, piece.size());
    text.insert(below(random, text.size() + 1), piece);
}

void splice_token(std::string& text, Random& random) {
    constexpr std::array<std::string_view, 14> kTokens{
        "${HOME}", "${",      "$${",     "&a ", "*a", "<<: ",
        "!!int ",  "\n---\n", "\n...\n", "? ",  "- ", "99999999999999999999",
        "0x",      "\"\""};
    const std::string_view piece = kTokens[below(random, kTokens.size())];
    text.insert(below(random, text.size() + 1), piece);
}

void mutate(std::string& text, Random& random) {
    switch (below(random, 4)) {
        case 0:
            return change_byte(text, random);
        case 1:
            return move_piece(text, random);
        case 2:
            return splice_token(text, random);
        default:
            text.resize(below(random, text.size()) + 1);
    }
}

class Mutations : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Mutations, OfTheSampleEndInSettingsOrInPlacedProblems) {
    Random random(GetParam());
    const std::string original = bare_sample();
    ASSERT_GT(original.size(), 1000u);
    std::size_t refused = 0;
    for (int round = 0; round < 150; ++round) {
        std::string text = original;
        for (std::size_t i = 1 + below(random, 4); i > 0; --i) mutate(text, random);
        const LoadedSettings loaded = load(text, {{"HOME", "/root"}});
        if (loaded) continue;
        ++refused;
        ASSERT_FALSE(loaded.error().empty());
        for (const Problem& problem : loaded.error()) {
            ASSERT_FALSE(problem.message.empty()) << text;
            ASSERT_LE(problem.line, 1 + std::count(text.begin(), text.end(), '\n')) << text;
        }
    }
    EXPECT_GT(refused, 50u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Mutations, testing::Range<std::uint64_t>(1, 11));

}  // namespace
}  // namespace custodialbridge::config
