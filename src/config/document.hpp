// A YAML document as a plain tree with places. The only source that sees yaml-cpp is document.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace custodialbridge::config {

/// A place in the text, from 1; zero: nowhere in particular.
struct Mark {
    unsigned line = 0;
    unsigned column = 0;
};

struct Entry;

struct Node {
    enum class Kind {
        null,
        scalar,
        list,
        map,
        refused  ///< its mistake is already reported: nothing more to say of it
    };
    Kind kind = Kind::null;
    Mark mark;
    std::string text;   ///< scalar
    bool plain = true;  ///< scalar: written without quotes
    std::vector<Node> items;
    std::vector<Entry> entries;
};

struct Entry {
    std::string key;
    Mark mark;
    Node value;
};

/// A mistake of the text itself.
struct TextProblem {
    Mark mark;
    std::string path;
    std::string message;
};

struct Document {
    Node root;  ///< null for an empty text
    std::vector<TextProblem> problems;
    bool complete = true;  ///< false: reading stopped at a mistake, so absences mean nothing
};

/// Never throws; work and memory are bounded by the length of `text`.
Document parse_document(std::string_view text);

}  // namespace custodialbridge::config
