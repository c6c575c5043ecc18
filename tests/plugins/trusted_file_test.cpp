#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/plugin_files.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;
using test::in_child;
using test::load_message;
using test::test_plugin;

/// A copy of the good plugin in a folder of its own.
class TrustedPluginFile : public testing::Test {
 protected:
  TrustedPluginFile() {
    fs::create_directories(folder_);
    fs::copy_file(test_plugin("good"), library_);
  }
  std::string message() const {
    return in_child([&] { return load_message(library_); });
  }

  const test::TempDir dir_;
  const fs::path folder_ = fs::canonical(dir_.path()) / "plugins";
  const fs::path library_ = folder_ / "plugin.so";
};

TEST_F(TrustedPluginFile, IsLoadedFromBelowTheStickyTemporaryFolder) {
  EXPECT_EQ(message(), "loaded");
}

TEST_F(TrustedPluginFile, MayNotBeWritableForEveryone) {
  ::chmod(library_.c_str(), 0666);
  EXPECT_EQ(message(), library_.string() +
                           ": everyone may write to this library, so it is not loaded\n"
                           "  hint: take the right away with chmod o-w");
}

TEST_F(TrustedPluginFile, MayNotLieInAFolderThatIsWritableForEveryone) {
  const std::string expected = library_.string() + ": everyone may write to the folder \"" +
                               folder_.string() +
                               "\", so nothing is loaded from it\n"
                               "  hint: take the right away with chmod o-w, or move the plugin";
  ::chmod(folder_.c_str(), 0777);
  EXPECT_EQ(message(), expected);
  fs::create_directory_symlink(folder_, dir_ / "link");
  EXPECT_EQ(in_child([&] { return load_message(dir_ / "link" / "plugin.so"); }), expected);
  ::chmod(folder_.c_str(), 01777);
  EXPECT_EQ(message(), "loaded");
}

TEST_F(TrustedPluginFile, MayNotLieBelowSuchAFolder) {
  ::chmod(folder_.parent_path().c_str(), 0777);
  EXPECT_EQ(message(), library_.string() + ": everyone may write to the folder \"" +
                           folder_.parent_path().string() +
                           "\", so nothing is loaded from it\n"
                           "  hint: take the right away with chmod o-w, or move the plugin");
}

TEST_F(TrustedPluginFile, MayNotBelongToAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(library_.c_str(), 12345, 12345), 0);
  EXPECT_EQ(message(), library_.string() +
                           ": the library belongs to user 12345, so it is not loaded\n"
                           "  hint: make it belong to root or to the user who runs this program");
}

TEST_F(TrustedPluginFile, MayNotLieInAnotherUsersFolderBelowAStickyOne) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  // The other user may rename that folder and put another in its place.
  ::chmod(folder_.parent_path().c_str(), 01777);
  ASSERT_EQ(::chown(folder_.c_str(), 12345, 12345), 0);
  EXPECT_EQ(message(), library_.string() + ": everyone may write to the folder \"" +
                           folder_.parent_path().string() +
                           "\", so nothing is loaded from it\n"
                           "  hint: take the right away with chmod o-w, or move the plugin");
}

TEST_F(TrustedPluginFile, IsAFile) {
  const std::string folder = folder_.string();
  EXPECT_EQ(in_child([&] { return load_message(folder); }),
            folder +
                ": this is a folder, not a plugin library\n"
                "  hint: name the library itself, or search the folder for plugins");
  const std::string missing = (folder_ / "missing.so").string();
  EXPECT_EQ(in_child([&] { return load_message(missing); }),
            missing + ": there is no such file\n  hint: check the path of the plugin");
  const std::string pipe = (folder_ / "pipe.so").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(in_child([&] { return load_message(pipe); }),
            pipe + ": this is not a regular file\n  hint: a plugin is a shared library");
}

TEST_F(TrustedPluginFile, MayBeALinkToATrustedFile) {
  fs::create_symlink(library_, dir_ / "link.so");
  EXPECT_EQ(in_child([&] { return load_message(dir_ / "link.so"); }), "loaded");
  fs::create_symlink("loop.so", dir_ / "loop.so");
  const std::string loop = (dir_ / "loop.so").string();
  EXPECT_EQ(in_child([&] { return load_message(loop); }),
            loop +
                ": the path cannot be followed: Too many levels of symbolic links\n"
                "  hint: check the path of the plugin");
}

}  // namespace
}  // namespace calotype
