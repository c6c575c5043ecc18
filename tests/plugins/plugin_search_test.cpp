#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "calotype/plugin.h"
#include "support/plugin_files.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;
using test::test_plugin;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A folder of plugins and a place for what is remembered of them.
class PluginSearchTest : public testing::Test {
 protected:
  PluginSearchTest() { fs::create_directories(folder_); }

  void install(const std::string& name) {
    fs::copy_file(test_plugin(name), folder_ / (name + ".so"),
                  fs::copy_options::overwrite_existing);
  }
  std::vector<std::string> discover(Registry& registry) const {
    std::vector<std::string> problems;
    for (const Diagnostic& d : discover_plugins(registry, {{folder_}, cache_})) {
      problems.push_back(format(d));
    }
    return problems;
  }
  static std::vector<bool> open(const Registry& registry) {
    std::vector<bool> all;
    for (const PluginInfo& plugin : registry.plugins()) all.push_back(plugin.open);
    return all;
  }

  const test::TempDir dir_;
  const fs::path folder_ = fs::canonical(dir_.path()) / "plugins";
  const fs::path cache_ = dir_ / "cache/plugins.json";
};

TEST_F(PluginSearchTest, ScansPluginsTheFirstTimeAndRemembersThem) {
  install("good");
  Registry first;
  EXPECT_THAT(discover(first), IsEmpty());
  EXPECT_THAT(open(first), ElementsAre(false));

  Registry second;
  EXPECT_THAT(discover(second), IsEmpty());
  EXPECT_THAT(open(second), ElementsAre(false));
  EXPECT_EQ(second.port_type("test.Text"), nullptr);
  const NodeSchema* schema = second.schema("test.Say");
  ASSERT_NE(schema, nullptr);
  EXPECT_EQ(schema->summary, "Says a text.");
  EXPECT_EQ(schema->plugin, "test.good");
  EXPECT_EQ(schema->params.at(0).default_value, first.schema("test.Say")->params[0].default_value);

  EXPECT_NE(second.node("test.Say"), nullptr);
  EXPECT_THAT(open(second), ElementsAre(true));
  EXPECT_EQ(second.schema("test.Say"), schema);
}

/// What the cache keys of test.Say say of its code.
std::string code_of(const PluginSearch& search) {
  Registry registry;
  EXPECT_THAT(discover_plugins(registry, search), IsEmpty());
  return registry.schema("test.Say")->code;
}

TEST_F(PluginSearchTest, KnowsPluginsInTheMakingByTheirContent) {
  install("good");
  const std::string before = code_of({{folder_}, cache_, {}});
  EXPECT_THAT(before, SizeIs(32));
  EXPECT_EQ(code_of({{folder_}, cache_, {}}), before) << "remembered";
  std::ofstream(folder_ / "good.so", std::ios::app) << "another build";
  const std::string after = code_of({{folder_}, cache_, {}});
  EXPECT_THAT(after, SizeIs(32));
  EXPECT_NE(after, before);
}

TEST_F(PluginSearchTest, TakesInstalledPluginsAtTheirWord) {
  install("good");
  EXPECT_EQ(code_of({{folder_}, cache_, folder_}), "");
}

TEST_F(PluginSearchTest, MayBeRepeatedInOneRegistry) {
  install("good");
  Registry registry;
  EXPECT_THAT(discover(registry), IsEmpty());
  EXPECT_THAT(discover(registry), IsEmpty());
  EXPECT_THAT(registry.plugins(), SizeIs(1));
}

TEST_F(PluginSearchTest, GoesOnAfterABadPluginAndTriesItEveryTime) {
  install("good");
  install("throws_std");
  install("wrong_api");
  for (int i = 0; i < 2; ++i) {
    Registry registry;
    EXPECT_THAT(discover(registry),
                ElementsAre(HasSubstr("throws_std.so: plugin \"test.throws\" could not register"),
                            HasSubstr("wrong_api.so: the plugin was built for plugin API 1")));
    EXPECT_NE(registry.schema("test.Say"), nullptr);
    EXPECT_EQ(registry.schema("test.Half"), nullptr);
  }
}

TEST_F(PluginSearchTest, ReportsDuplicateNodeTypesOfRememberedPluginsToo) {
  install("good");
  Registry first;
  discover(first);
  Registry second;
  load_plugin(second, test_plugin("same_node"));
  EXPECT_THAT(discover(second),
              ElementsAre(HasSubstr("node type \"test.Say\" is registered by plugin "
                                    "\"test.same_node\" and again by plugin \"test.good\"")));
}

TEST_F(PluginSearchTest, IgnoresAndRewritesDamagedMemory) {
  install("good");
  {
    Registry registry;
    discover(registry);
  }
  const std::string whole = test::read_bytes(cache_);
  std::string other_build = whole;
  other_build.replace(other_build.find("plugin API 2"), 12, "plugin API 0");
  std::string bad_schema = whole;
  bad_schema.replace(bad_schema.find("Says a text."), 3, "\\\"{");
  const std::vector<std::string> damages = {"",
                                            "{",
                                            "null",
                                            "[]",
                                            "{\"calotype_plugins\":1}",
                                            whole.substr(0, whole.size() / 2),
                                            std::string(100000, '['),
                                            other_build,
                                            bad_schema};
  for (const std::string& damage : damages) {
    dir_.write("cache/plugins.json", damage);
    Registry registry;
    EXPECT_THAT(discover(registry), IsEmpty()) << damage.substr(0, 80);
    EXPECT_NE(registry.schema("test.Say"), nullptr);
    EXPECT_EQ(test::read_bytes(cache_), whole);
  }
}

TEST_F(PluginSearchTest, ScansAnewWhatChangedAndForgetsWhatWent) {
  install("good");
  install("same_port");
  fs::remove(folder_ / "good.so");
  {
    Registry registry;
    EXPECT_THAT(discover(registry), IsEmpty());
    EXPECT_NE(registry.schema("other.Say"), nullptr);
  }
  fs::remove(folder_ / "same_port.so");
  fs::copy_file(test_plugin("good"), folder_ / "same_port.so");
  {
    Registry registry;
    EXPECT_THAT(discover(registry), IsEmpty());
    EXPECT_EQ(registry.schema("other.Say"), nullptr);
    EXPECT_NE(registry.schema("test.Say"), nullptr);
  }
  fs::remove(folder_ / "same_port.so");
  install("acts");
  Registry registry;
  EXPECT_THAT(discover(registry), IsEmpty());
  EXPECT_THAT(test::read_bytes(cache_), Not(HasSubstr("same_port.so")));
}

TEST_F(PluginSearchTest, RefusesLibraryThatThisProgramOpenedBeforeItChanged) {
  install("good");
  EXPECT_EQ(test::in_child([&] {
              Registry first;
              discover(first);
              first.node("test.Say");
              fs::last_write_time(folder_ / "good.so", fs::file_time_type::clock::now());
              Registry second;
              discover(second);
              try {
                second.node("test.Say");
              } catch (const Error& e) {
                return std::string(e.what());
              }
              return std::string("opened");
            }),
            (folder_ / "good.so").string() +
                ": the library changed after this program opened it\n"
                "  hint: start the program again");
}

TEST_F(PluginSearchTest, RemembersPluginsThatItMustRefuseForTheirNames) {
  install("good");
  fs::copy_file(test_plugin("good"), folder_ / "twin.so");
  install("same_node");
  for (int i = 0; i < 2; ++i) {
    Registry registry;
    EXPECT_THAT(
        discover(registry),
        ElementsAre((folder_ / "same_node.so").string() +
                        ": plugin \"test.same_node\" could not register its nodes: node type "
                        "\"test.Say\" is registered by plugin \"test.good\" and again by plugin "
                        "\"test.same_node\"\n"
                        "  hint: remove one of the two plugins or rename the node type",
                    (folder_ / "twin.so").string() +
                        ": plugin \"test.good\" is known already, from \"" +
                        (folder_ / "good.so").string() + "\"\n  hint: remove one of the two"));
    EXPECT_THAT(test::read_bytes(cache_), HasSubstr("twin.so"));
  }
}

TEST_F(PluginSearchTest, ChecksRememberedLibraryAgainBeforeItIsOpened) {
  install("good");
  {
    Registry registry;
    discover(registry);
  }
  Registry registry;
  ASSERT_THAT(discover(registry), IsEmpty());
  const auto message = [&]() -> std::string {
    try {
      registry.node("test.Say");
    } catch (const Error& e) {
      return e.what();
    }
    return "opened";
  };
  const std::string path = (folder_ / "good.so").string();
  fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(message(), path +
                           ": everyone may write to this library, so it is not loaded\n"
                           "  hint: take the right away with chmod o-w");
  fs::permissions(path, fs::perms::others_write, fs::perm_options::remove);
  fs::last_write_time(path, fs::file_time_type::clock::now());
  EXPECT_EQ(message(), path +
                           ": the library changed after its nodes were listed\n"
                           "  hint: start the program again");
}

TEST_F(PluginSearchTest, WantsFullPathsOfFoldersThatExist) {
  Registry registry;
  std::vector<std::string> problems;
  for (const Diagnostic& d : discover_plugins(registry, {{"plugins", folder_ / "none"}, {}})) {
    problems.push_back(format(d));
  }
  EXPECT_THAT(problems,
              ElementsAre("plugins: a plugin folder must be given by its full path\n"
                          "  hint: plugins are never looked for relative to the current folder",
                          (folder_ / "none").string() +
                              ": the plugin folder cannot be read: No such file or directory\n"
                              "  hint: create the folder, or do not name it"));
}

TEST_F(PluginSearchTest, WarnsWhenNothingCanBeRemembered) {
  install("good");
  Registry registry;
  dir_.write("file", "");
  const auto problems = discover_plugins(registry, {{folder_}, dir_ / "file" / "plugins.json"});
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].severity, Severity::warning);
  EXPECT_NE(registry.schema("test.Say"), nullptr);
}

TEST_F(PluginSearchTest, OpensPluginOnceForManyThreads) {
  install("good");
  {
    Registry registry;
    discover(registry);
  }
  Registry registry;
  discover(registry);
  std::vector<std::shared_ptr<const NodeType>> nodes(8);
  {
    std::vector<std::jthread> threads;
    for (auto& node : nodes) threads.emplace_back([&] { node = registry.node("test.Say"); });
  }
  for (const auto& node : nodes) EXPECT_EQ(node, nodes[0]);
  EXPECT_NE(nodes[0], nullptr);
}

TEST(DefaultPluginSearch, ReadsTheEnvironmentAfterWhatWasGiven) {
  ::setenv("CALOTYPE_PLUGIN_PATH", "/b::/c:", 1);
  const PluginSearch search = default_plugin_search({"/a"}, "/cache/plugins.json");
  ::unsetenv("CALOTYPE_PLUGIN_PATH");
  ASSERT_GE(search.directories.size(), 3u);
  EXPECT_EQ(search.directories[0], "/a");
  EXPECT_EQ(search.directories[1], "/b");
  EXPECT_EQ(search.directories[2], "/c");
  EXPECT_EQ(search.registry_cache, "/cache/plugins.json");
  for (const auto& folder : search.directories) EXPECT_TRUE(folder.is_absolute());
}

}  // namespace
}  // namespace calotype
