/// Plugins that kill whoever opens them: discovery lives on, says what happened, and remembers it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
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

/// A good plugin and a place for others, and for what is remembered of them.
class PluginScan : public testing::Test {
 protected:
  PluginScan() {
    fs::create_directories(folder_);
    install("good");
    ::setenv("CALOTYPE_SCAN_SECONDS", "0.5", 1);
  }
  ~PluginScan() override { ::unsetenv("CALOTYPE_SCAN_SECONDS"); }

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
  std::string refusal(const std::string& name, const std::string& what) const {
    return (folder_ / (name + ".so")).string() + ": the plugin is not loaded: " + what +
           "\n  hint: rebuild or remove it; it is looked at again when its content changes, or "
           "when "
           "\"" +
           quarantine_.string() + "\" is deleted";
  }

  const test::TempDir dir_;
  const fs::path folder_ = fs::canonical(dir_.path()) / "plugins";
  const fs::path cache_ = dir_ / "cache/plugins.json";
  const fs::path quarantine_ = dir_ / "cache/quarantine.json";
};

struct Death {
  const char* plugin;
  const char* what;
};

class DeadlyPlugin : public PluginScan, public testing::WithParamInterface<Death> {};

TEST_P(DeadlyPlugin, IsNamedAndRefusedFromThenOnWhileOthersWork) {
  install(GetParam().plugin);
  const std::string expected = refusal(GetParam().plugin, GetParam().what);
  Registry first;
  EXPECT_THAT(discover(first), ElementsAre(expected));
  EXPECT_NE(first.node("test.Say"), nullptr);
  EXPECT_EQ(first.plugins().size(), 1u);

  // Refused from memory: under a deadline that no scan could keep.
  ::setenv("CALOTYPE_SCAN_SECONDS", "0.001", 1);
  Registry second;
  EXPECT_THAT(discover(second), ElementsAre(expected));
  EXPECT_NE(second.schema("test.Say"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    Plugins, DeadlyPlugin,
    testing::Values(
        Death{"registers_segfault", "it crashed with SIGSEGV while it registered its nodes"},
        Death{"registers_abort", "it crashed with SIGABRT while it registered its nodes"},
        Death{"registers_loop", "it did not end within 0.5 s while it registered its nodes"},
        Death{"registers_exit", "it ended with exit code 3 while it registered its nodes"},
        Death{"registers_exit_zero", "it ended with exit code 0 while it registered its nodes"},
        Death{"registers_killed", "it was killed with SIGKILL while it registered its nodes"},
        Death{"registers_throw_in_thread", "it crashed with SIGABRT while it registered its nodes"},
        Death{"opens_segfault", "it crashed with SIGSEGV while it was opened"},
        Death{"opens_exit", "it ended with exit code 3 while it was opened"}),
    [](const auto& info) { return info.param.plugin; });

TEST_F(PluginScan, StopsAPluginThatEatsMemory) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer ends the process itself when memory runs out";
#endif
  install("registers_eat_memory");
  ::setenv("CALOTYPE_SCAN_SECONDS", "60", 1);
  Registry registry;
  EXPECT_THAT(discover(registry),
              ElementsAre(refusal("registers_eat_memory",
                                  "it wanted more than 4 GiB of memory while it registered its "
                                  "nodes")));
  EXPECT_NE(registry.node("test.Say"), nullptr);
}

TEST_F(PluginScan, WarnsOfAThreadThatAPluginLeaves) {
  install("registers_leave_thread");
  Registry registry;
  EXPECT_THAT(discover(registry),
              ElementsAre((folder_ / "registers_leave_thread.so").string() +
                          ": warning: plugin \"test.leave_thread\" left 1 thread running after it "
                          "registered its nodes\n"
                          "  hint: a plugin starts threads while a node runs, and ends them before "
                          "that node ends"));
  EXPECT_NE(registry.node("test.Say"), nullptr);
  EXPECT_NE(registry.schema("test.leave_thread.Act"), nullptr);
}

TEST_F(PluginScan, BlamesEachOfManyBadPluginsOnce) {
  install("acts");
  install("opens_segfault");
  install("registers_abort");
  install("registers_exit");
  install("throws_int");
  Registry registry;
  EXPECT_THAT(
      discover(registry),
      ElementsAre(
          refusal("opens_segfault", "it crashed with SIGSEGV while it was opened"),
          refusal("registers_abort", "it crashed with SIGABRT while it registered its nodes"),
          refusal("registers_exit", "it ended with exit code 3 while it registered its nodes"),
          HasSubstr("throws_int.so: plugin \"test.throws\" could not register its nodes: it threw "
                    "something that is not a std::exception")));
  EXPECT_NE(registry.node("test.Say"), nullptr);
  EXPECT_NE(registry.node("test.acts.Act"), nullptr);
}

TEST_F(PluginScan, LooksAgainAtAQuarantinedFileWithOtherContent) {
  install("registers_exit");
  Registry first;
  discover(first);
  fs::remove(folder_ / "registers_exit.so");
  fs::copy_file(test_plugin("acts"), folder_ / "registers_exit.so");
  Registry second;
  EXPECT_THAT(discover(second), IsEmpty());
  EXPECT_NE(second.schema("test.acts.Act"), nullptr);
}

TEST_F(PluginScan, KnowsQuarantinedContentUnderAnotherName) {
  install("registers_exit");
  Registry first;
  discover(first);
  fs::rename(folder_ / "registers_exit.so", folder_ / "renamed.so");
  ::setenv("CALOTYPE_SCAN_SECONDS", "0.001", 1);
  Registry second;
  EXPECT_THAT(discover(second),
              ElementsAre(refusal("renamed",
                                  "it ended with exit code 3 while it registered its "
                                  "nodes")));
}

TEST_F(PluginScan, TakesADamagedQuarantineForAnEmptyOne) {
  install("registers_exit");
  for (const char* damage : {"", "{", "null", "[]", "{\"calotype_quarantine\":1}"}) {
    dir_.write("quarantine.json", damage);
    fs::create_directories(quarantine_.parent_path());
    fs::rename(dir_ / "quarantine.json", quarantine_);
    Registry registry;
    EXPECT_THAT(discover(registry),
                ElementsAre(refusal("registers_exit",
                                    "it ended with exit code 3 while it registered its nodes")))
        << damage;
    EXPECT_THAT(test::read_bytes(quarantine_), HasSubstr("exit code 3"));
  }
}

TEST_F(PluginScan, LeavesNoProcessBehind) {
  install("registers_loop");
  Registry registry;
  discover(registry);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace calotype
