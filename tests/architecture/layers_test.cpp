#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "source_tree.hpp"

namespace custodialbridge::architecture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Layer {
    std::string_view module;
    std::vector<std::string_view> may_include;
};

// Who may include whom, lowest first. A module includes only rows above its own; rpc, store and
// cache are siblings, and so are sync and api. `config` sees each module's settings.hpp besides;
// `app` sees all.
const std::vector<Layer> kLayers{
    {"core", {}},
    {"rules", {"core"}},
    {"runtime", {"core"}},
    {"telemetry", {"core"}},
    {"rpc", {"core", "runtime", "telemetry"}},
    {"store", {"core", "runtime", "telemetry"}},
    {"cache", {"core", "runtime", "telemetry"}},
    {"ledger", {"core", "runtime", "telemetry", "rpc", "store", "cache"}},
    {"sync", {"core", "runtime", "telemetry", "rules", "rpc", "store", "ledger"}},
    {"api", {"core", "runtime", "telemetry", "ledger"}},
    {"config", {"core"}},
    {"app",
     {"core", "rules", "runtime", "telemetry", "rpc", "store", "cache", "ledger", "sync", "api",
      "config"}},
};

const Layer* layer_of(std::string_view module) {
    const auto found = std::find_if(kLayers.begin(), kLayers.end(),
                                    [&](const Layer& layer) { return layer.module == module; });
    return found == kLayers.end() ? nullptr : &*found;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool may_include(const Layer& layer, std::string_view module, std::string_view header) {
    if (module == layer.module || contains(layer.may_include, module)) return true;
    return layer.module == "config" && header == "settings.hpp" && layer_of(module) != nullptr;
}

/// Includes of our own headers follow the table.
Findings check_layers(const SourceFile& file) {
    constexpr std::string_view kOwn = "custodialbridge/";
    const std::string_view module = module_of(file.path);
    if (module.empty() || !is_cpp(file.path)) return {};
    const Layer* const layer = layer_of(module);
    if (layer == nullptr) return {{file.path, 0, "is in no known module"}};

    Findings findings;
    for (const Include& include : includes_of(file.text)) {
        const std::string target(include.target);
        if (target.find("..") != std::string::npos) {
            findings.push_back({file.path, include.line, "includes by a relative path: " + target});
        }
        if (!target.starts_with(kOwn)) continue;
        const std::string_view rest = std::string_view(target).substr(kOwn.size());
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string_view header = rest.substr(std::min(slash + 1, rest.size()));
        if (may_include(*layer, rest.substr(0, slash), header)) continue;
        findings.push_back(
            {file.path, include.line, std::string(module) + " may not include " + target});
    }
    return findings;
}

TEST(Layers, IncludesFollowTheTable) {
    const auto files = read_folders({"include", "src"});
    ASSERT_GT(files.size(), 20u);
    const Findings findings = run_check(check_layers, files);
    EXPECT_TRUE(findings.empty()) << describe(findings);
}

TEST(Layers, AreOrderedSoThatThereIsNoCycle) {
    for (auto layer = kLayers.begin(); layer != kLayers.end(); ++layer) {
        for (const std::string_view lower : layer->may_include) {
            const bool above = std::any_of(kLayers.begin(), layer, [lower](const Layer& candidate) {
                return candidate.module == lower;
            });
            EXPECT_TRUE(above) << layer->module << " names " << lower;
        }
    }
}

TEST(LayersCheck, FindsAnIncludeUpwardsWithItsLine) {
    EXPECT_THAT(check_layers({"src/core/a.cpp",
                              "#include <string>\n\n#include \"custodialbridge/rpc/pool.hpp\"\n"}),
                ElementsAre(Finding{"src/core/a.cpp", 3,
                                    "core may not include custodialbridge/rpc/pool.hpp"}));
    EXPECT_THAT(check_layers({"include/custodialbridge/rules/a.hpp",
                              "  #  include \"custodialbridge/runtime/clock.hpp\"\n"}),
                ElementsAre(Finding{"include/custodialbridge/rules/a.hpp", 1,
                                    "rules may not include custodialbridge/runtime/clock.hpp"}));
}

TEST(LayersCheck, FindsAnIncludeOfASibling) {
    EXPECT_EQ(check_layers({"src/api/a.cpp", "#include <custodialbridge/sync/x.hpp>\n"}).size(),
              1u);
    EXPECT_EQ(check_layers({"src/store/a.cpp", "#include <custodialbridge/cache/x.hpp>\n"}).size(),
              1u);
}

TEST(LayersCheck, FindsARelativeIncludeAndAnUnknownModule) {
    EXPECT_EQ(check_layers({"src/api/a.cpp", "#include \"../store/rows.hpp\"\n"}).size(), 1u);
    EXPECT_EQ(check_layers({"src/extras/a.cpp", ""}).size(), 1u);
    EXPECT_EQ(check_layers({"src/api/a.cpp", "#include \"custodialbridge/extras/x.hpp\""}).size(),
              1u);
}

TEST(LayersCheck, LetsConfigSeeSettingsOnly) {
    EXPECT_THAT(check_layers({"src/config/a.cpp",
                              "#include \"custodialbridge/rpc/settings.hpp\"\n"
                              "#include \"custodialbridge/core/ids.hpp\"\n"}),
                IsEmpty());
    EXPECT_EQ(
        check_layers({"src/config/a.cpp", "#include \"custodialbridge/rpc/pool.hpp\""}).size(), 1u);
    EXPECT_EQ(
        check_layers({"src/api/a.cpp", "#include \"custodialbridge/rpc/settings.hpp\""}).size(),
        1u);
}

TEST(LayersCheck, AllowsWhatTheTableAllows) {
    EXPECT_THAT(check_layers({"src/ledger/a.cpp",
                              "#include \"custodialbridge/store/a.hpp\"\n"
                              "#include \"custodialbridge/ledger/b.hpp\"\n"
                              "#include \"private.hpp\"\n"
                              "// #include \"custodialbridge/api/c.hpp\"\n"}),
                IsEmpty());
    EXPECT_THAT(check_layers({"src/main.cpp", "#include \"custodialbridge/app/run.hpp\"\n"}),
                IsEmpty());
    EXPECT_THAT(check_layers({"tests/unit/core/a.cpp", "#include \"custodialbridge/api/x.hpp\"\n"}),
                IsEmpty());
}

}  // namespace
}  // namespace custodialbridge::architecture
