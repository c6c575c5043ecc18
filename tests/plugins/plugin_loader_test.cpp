#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calotype/plugin.h"
#include "support/plugin_files.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;
using test::in_child;
using test::load_message;
using test::test_plugin;

std::string say(const NodeType& node, std::vector<Value>* kept = nullptr) {
  const std::vector<ParamValue> params = {std::string("words enough to leave the small buffer")};
  RunContext context;
  std::vector<Value> values = node.run({{}, params, context});
  const auto text = *static_cast<const std::string*>(values.at(0).data().get());
  if (kept) *kept = std::move(values);
  return text;
}

TEST(PluginLoader, LoadsPluginAndRunsItsNode) {
  Registry registry;
  load_plugin(registry, test_plugin("good"));
  const auto plugins = registry.plugins();
  ASSERT_EQ(plugins.size(), 1u);
  EXPECT_EQ(plugins[0].id, "test.good");
  EXPECT_EQ(plugins[0].version, "1.2.3");
  EXPECT_EQ(plugins[0].library, test_plugin("good").string());
  EXPECT_TRUE(plugins[0].open);
  EXPECT_EQ(say(*registry.node("test.Say")), "words enough to leave the small buffer");
  EXPECT_NE(registry.port_type("test.Text"), nullptr);
}

TEST(PluginLoader, LoadsTheSameLibraryFiftyTimesIntoFreshRegistries) {
  for (int i = 0; i < 50; ++i) {
    Registry registry;
    load_plugin(registry, test_plugin("good"));
    EXPECT_EQ(say(*registry.node("test.Say")), "words enough to leave the small buffer");
  }
}

TEST(PluginLoader, LeavesValuesUsableWhenEverythingElseIsGone) {
  EXPECT_EQ(in_child([] {
              std::vector<Value> kept;
              {
                Registry registry;
                load_plugin(registry, test_plugin("good"));
                say(*registry.node("test.Say"), &kept);
              }
              const std::string type = kept.at(0).type()->name;
              const std::size_t bytes = kept.at(0).memory().host;  // a hook inside the plugin
              kept.clear();                                        // and its deleter
              return type + " " + std::to_string(bytes);
            }),
            "test.Text 38");
}

TEST(PluginLoader, RefusesTheSameLibraryTwice) {
  Registry registry;
  load_plugin(registry, test_plugin("good"));
  const std::string path = test_plugin("good").string();
  EXPECT_EQ(load_message(registry, path),
            path + ": the library is loaded already\n  hint: name each plugin once");
  const test::TempDir dir;
  fs::create_symlink(path, dir / "link.so");
  EXPECT_EQ(load_message(registry, dir / "link.so"),
            path + ": the library is loaded already\n  hint: name each plugin once");
}

TEST(PluginLoader, RefusesCopyOfPluginUnderAnotherName) {
  const test::TempDir dir;
  fs::copy_file(test_plugin("good"), dir / "copy.so");
  Registry registry;
  load_plugin(registry, test_plugin("good"));
  EXPECT_EQ(load_message(registry, dir / "copy.so"),
            (dir / "copy.so").string() + ": plugin \"test.good\" is known already, from \"" +
                test_plugin("good").string() + "\"\n  hint: remove one of the two");
}

TEST(PluginLoader, RefusesLibraryThatChangedAfterItWasOpened) {
  const test::TempDir dir;
  const auto library = dir / "plugin.so";
  fs::copy_file(test_plugin("good"), library);
  EXPECT_EQ(load_message(library), "loaded");
  fs::remove(library);
  fs::copy_file(test_plugin("same_port"), library);
  EXPECT_EQ(load_message(library), library.string() +
                                       ": the library changed after this program opened it\n"
                                       "  hint: start the program again");
}

TEST(PluginLoader, NamesBothPluginsOfANodeTypeThatExistsTwice) {
  Registry registry;
  load_plugin(registry, test_plugin("good"));
  const std::string path = test_plugin("same_node").string();
  EXPECT_EQ(load_message(registry, path),
            path +
                ": plugin \"test.same_node\" could not register its nodes: node type \"test.Say\" "
                "is registered by plugin \"test.good\" and again by plugin \"test.same_node\"\n"
                "  hint: remove one of the two plugins or rename the node type");
  EXPECT_EQ(registry.plugins().size(), 1u);
}

TEST(PluginLoader, NamesBothPluginsOfAPortTypeThatIsDefinedTwice) {
  Registry registry;
  load_plugin(registry, test_plugin("good"));
  const std::string path = test_plugin("same_port").string();
  EXPECT_EQ(load_message(registry, path),
            path +
                ": plugin \"test.same_port\" could not register its nodes: port type \"test.Text\" "
                "is defined by plugin \"test.good\" and again by plugin \"test.same_port\"\n"
                "  hint: give the type a name with the vendor in front, such as \"vendor.Name\"");
  EXPECT_EQ(registry.schema("other.Say"), nullptr);
}

/// A plugin, and what its message says after the path.
struct Refusal {
  const char* plugin;
  std::string message;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithThisMessageAndNothingRegistered) {
  const std::string path = test_plugin(GetParam().plugin).string();
  EXPECT_EQ(in_child([&] {
              Registry registry;
              std::string message = load_message(registry, path);
              if (!registry.plugins().empty()) message += " [a plugin stayed]";
              if (!registry.schemas().empty()) message += " [a node stayed]";
              return message;
            }),
            path + ": " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Plugins, Refused,
    testing::Values(
        Refusal{"wrong_api",
                "the plugin was built for plugin API 1, this program has 2\n"
                "  hint: rebuild it with the Calotype that this program belongs to"},
        Refusal{"wrong_torch",
                "the plugin was built for torch 1.13, this program uses " +
                    std::string(std::string(CALOTYPE_HOST_TORCH) == "none" ? "no torch"
                                                                           : CALOTYPE_HOST_TORCH) +
                    "\n  hint: rebuild it with the Calotype that this program "
                    "belongs to"},
        Refusal{"wrong_cxx",
                "the plugin was built with the C++ library libxtdc++-cxx11, this program with "
                "libstdc++-cxx11\n"
                "  hint: rebuild it with the Calotype that this program belongs to"},
        Refusal{"wrong_magic", "the plugin tag is damaged\n  hint: copy or build the plugin again"},
        Refusal{"unended_id", "the plugin tag is damaged\n  hint: copy or build the plugin again"},
        Refusal{"no_register",
                "the plugin does not export calotype_plugin_register_2\n"
                "  hint: a plugin says CALOTYPE_PLUGIN once and is built with "
                "calotype_add_plugin"},
        Refusal{"no_plugin",
                "this library is not a Calotype plugin: it has no plugin tag\n"
                "  hint: a plugin says CALOTYPE_PLUGIN once and is built with "
                "calotype_add_plugin"},
        Refusal{"throws_std",
                "plugin \"test.throws\" could not register its nodes: no luck today\n"
                "  hint: ask the author of the plugin"},
        Refusal{"throws_int",
                "plugin \"test.throws\" could not register its nodes: it threw something that is "
                "not a std::exception\n  hint: ask the author of the plugin"},
        Refusal{"throws_own",
                "plugin \"test.throws\" could not register its nodes: it threw something that is "
                "not a std::exception\n  hint: ask the author of the plugin"},
        Refusal{"undescribed",
                "plugin \"test.undescribed\" could not register its nodes: node type "
                "\"test.Forgetful\": Params has 2 members, describe() names 1\n"
                "  hint: describe every member exactly once"},
        Refusal{"unresolved_at",
                "the library needs at::not_there(int), which nothing defines\n"
                "  hint: usually another libtorch version: rebuild the plugin with the one of "
                "this program"},
        Refusal{"unresolved_calotype",
                "the library needs calotype::not_there(int), which nothing defines\n"
                "  hint: usually another version of Calotype: rebuild the plugin with the one of "
                "this program"},
        Refusal{"unresolved_vendor",
                "the library needs vendor::not_there(int), which nothing defines\n"
                "  hint: link the library that defines it; calotype_add_plugin finds this at "
                "build time"}),
    [](const auto& info) { return info.param.plugin; });

}  // namespace
}  // namespace calotype
