#include "document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "text_check.hpp"

namespace custodialbridge::config {
namespace {

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kProblemsMax = 100;

Mark place_of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return {static_cast<unsigned>(mark.line) + 1, static_cast<unsigned>(mark.column) + 1};
}

/// Thrown through the parser to end it; the mistake is already reported.
struct Stop {};

/// Builds the tree from the parser's events. Aliases are refused, so the tree is never larger than
/// the text.
class Builder final : public YAML::EventHandler {
  public:
    Document document;

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (std::exchange(began_, true)) {
            report(place_of(mark), "a second document; the file must be one document");
            throw Stop{};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
        const bool in_map = !open_.empty() && open_.back().node.kind == Node::Kind::map;
        Node node;
        node.mark = in_map && open_.back().key ? open_.back().key_mark : place_of(mark);
        take(std::move(node));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        take(refused(place_of(mark), "aliases (*name) are not supported; repeat the value"));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  const std::string& value) override {
        if (!is_implied(tag)) return take(refused(place_of(mark), "tags are not supported"));
        Node node;
        node.kind = Node::Kind::scalar;
        node.mark = place_of(mark);
        node.text = value;
        node.plain = tag != "!";
        take(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        begin(Node::Kind::list, place_of(mark), tag);
    }
    void OnSequenceEnd() override { end(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        begin(Node::Kind::map, place_of(mark), tag);
    }
    void OnMapEnd() override { end(); }

    void report(Mark mark, std::string message) {
        document.problems.push_back({mark, path(), std::move(message)});
        if (document.problems.size() >= kProblemsMax) throw Stop{};
    }

  private:
    struct Open {
        Node node;
        std::optional<std::string> key;  ///< map: the key whose value comes next
        Mark key_mark;
        bool drop_value = false;  ///< map: that value has no place in the tree
        std::unordered_map<std::string, Mark> seen;
    };

    static bool is_implied(const std::string& tag) {
        return tag.empty() || tag == "?" || tag == "!";
    }

    Node refused(Mark mark, std::string message) {
        report(mark, std::move(message));
        Node node;
        node.kind = Node::Kind::refused;
        node.mark = mark;
        return node;
    }

    void begin(Node::Kind kind, Mark mark, const std::string& tag) {
        if (!is_implied(tag)) report(mark, "tags are not supported");
        if (open_.size() >= kDepthMax) {
            report(mark, "nested deeper than " + std::to_string(kDepthMax) + " levels");
            throw Stop{};
        }
        Open open;
        open.node.kind = kind;
        open.node.mark = mark;
        open_.push_back(std::move(open));
    }

    void end() {
        Node node = std::move(open_.back().node);
        open_.pop_back();
        take(std::move(node));
    }

    void take(Node node) {
        if (open_.empty()) {
            document.root = std::move(node);
        } else if (open_.back().node.kind == Node::Kind::list) {
            open_.back().node.items.push_back(std::move(node));
        } else if (!open_.back().key) {
            take_key(std::move(node));
        } else {
            take_value(std::move(node));
        }
    }

    void take_key(Node node) {
        Open& map = open_.back();
        map.key_mark = node.mark;
        map.drop_value = true;
        if (node.kind != Node::Kind::scalar) {
            if (node.kind != Node::Kind::refused) report(node.mark, "a key must be a single word");
            map.key = "?";
            return;
        }
        if (node.plain && node.text == "<<") {
            report(node.mark, "merge keys (<<) are not supported; repeat the values");
        } else if (const auto [first, is_new] = map.seen.try_emplace(node.text, node.mark);
                   !is_new) {
            map.key = node.text;
            report(node.mark,
                   "duplicate key, first given in line " + std::to_string(first->second.line));
        } else {
            map.drop_value = false;
        }
        map.key = std::move(node.text);
    }

    void take_value(Node node) {
        Open& map = open_.back();
        std::string key = std::move(*map.key);
        map.key.reset();
        if (map.drop_value) return;
        map.node.entries.push_back({std::move(key), map.key_mark, std::move(node)});
    }

    /// The path of what is being read, for example "chains[0].name".
    std::string path() const {
        std::string path;
        for (const Open& open : open_) {
            if (open.node.kind == Node::Kind::list) {
                path += '[' + std::to_string(open.node.items.size()) + ']';
            } else if (open.key) {
                if (!path.empty()) path += '.';
                path += open.key->substr(0, 64);
            }
        }
        return path;
    }

    std::vector<Open> open_;
    bool began_ = false;
};

}  // namespace

Document parse_document(std::string_view text) {
    Builder builder;
    const auto fail = [&builder](const TextProblem& problem) {
        builder.document.problems.push_back(problem);
        builder.document.complete = false;
    };
    if (const auto problem = check_text(text)) {
        fail(*problem);
        return std::move(builder.document);
    }
    try {
        std::istringstream input{std::string(text)};
        YAML::Parser parser(input);
        while (parser.HandleNextDocument(builder)) continue;
    } catch (const Stop&) {
        builder.document.complete = false;
    } catch (const YAML::Exception& error) {
        fail({place_of(error.mark), "", "this is not YAML: " + error.msg});
    }
    return std::move(builder.document);
}

}  // namespace custodialbridge::config
