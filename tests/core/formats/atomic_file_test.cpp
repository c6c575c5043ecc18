#include "calotype/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

namespace fs = std::filesystem;

void write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

class AtomicFileTest : public testing::Test {
 protected:
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_.path()), {}));
  }
  static mode_t mode(const fs::path& path) {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0 ? s.st_mode & 07777 : 0;
  }
  static ino_t inode(const fs::path& path) {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0 ? s.st_ino : 0;
  }

  test::TempDir dir_;
};

TEST_F(AtomicFileTest, ReplacesAFileAsAWhole) {
  const fs::path file = dir_.write("a", "old");
  {
    AtomicFile unfinished(file);
    unfinished.write("half");
  }
  EXPECT_EQ(test::read_bytes(file), "old");
  const ino_t before = inode(file);
  write_file(file, "new");
  EXPECT_EQ(test::read_bytes(file), "new");
  EXPECT_NE(inode(file), before);
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, KeepsTheModeOfAFile) {
  for (const mode_t kept : {0600, 0664, 0755}) {
    const fs::path file = dir_.write("a", "old");
    ASSERT_EQ(::chmod(file.c_str(), kept), 0);
    write_file(file, "new");
    EXPECT_EQ(mode(file), kept);
  }
}

TEST_F(AtomicFileTest, KeepsTheOwnerOfAFile) {
  if (::geteuid() != 0) GTEST_SKIP() << "only the administrator may give files away";
  const fs::path file = dir_.write("a", "old");
  ASSERT_EQ(::chown(file.c_str(), 12, 34), 0);
  write_file(file, "new");
  struct stat s {};
  ASSERT_EQ(::stat(file.c_str(), &s), 0);
  EXPECT_EQ(s.st_uid, 12u);
  EXPECT_EQ(s.st_gid, 34u);
}

TEST_F(AtomicFileTest, ReplacesWhatALinkLeadsTo) {
  fs::create_directory(dir_ / "folder");
  const fs::path file = dir_.write("folder/a", "old");
  fs::create_symlink("folder/a", dir_ / "near");
  fs::create_symlink(dir_ / "near", dir_ / "far");
  write_file(dir_ / "far", "new");
  EXPECT_EQ(test::read_bytes(file), "new");
  EXPECT_EQ(fs::read_symlink(dir_ / "near"), "folder/a");
  EXPECT_EQ(fs::read_symlink(dir_ / "far"), dir_ / "near");
  EXPECT_EQ(files(), 3u);
}

TEST_F(AtomicFileTest, CreatesWhatADanglingLinkLeadsTo) {
  fs::create_symlink("a", dir_ / "link");
  write_file(dir_ / "link", "new");
  EXPECT_TRUE(fs::is_symlink(dir_ / "link"));
  EXPECT_EQ(test::read_bytes(dir_ / "a"), "new");
}

TEST_F(AtomicFileTest, RefusesALinkThatLeadsToItself) {
  const fs::path link = dir_ / "link";
  fs::create_symlink("link", link);
  const std::string message =
      link.string() + ": could not create the file: Too many levels of symbolic links";
  EXPECT_EQ(test::error_text([&] { write_file(link, "new"); }), message);
  EXPECT_EQ(test::error_text([&] { (void)check_can_write(link); }), message);
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(AtomicFileTest, WritesThroughAPipe) {
  const fs::path pipe = dir_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  check_can_write(pipe);  // without waiting for a reader
  std::string got;
  std::thread reader([&] { got = test::read_bytes(pipe); });
  write_file(pipe, "through");
  reader.join();
  EXPECT_EQ(got, "through");
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, WritesThroughADevice) {
  const fs::path null = dir_ / "null";
  struct stat s {};
  ASSERT_EQ(::stat("/dev/null", &s), 0);
  if (::mknod(null.c_str(), S_IFCHR | 0666, s.st_rdev) != 0) {
    GTEST_SKIP() << "only the administrator may make devices";
  }
  write_file(null, "gone");
  EXPECT_TRUE(fs::is_character_file(null));
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, WritesBehindWhatAnOpenFileHasAlready) {
  const fs::path file = dir_ / "a";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(descriptor, 0);
  ASSERT_EQ(::write(descriptor, "before, ", 8), 8);
  fs::create_symlink("/proc/self/fd/" + std::to_string(descriptor), dir_ / "link");
  check_can_write(dir_ / "link");
  write_file(dir_ / "link", "through, ");
  ASSERT_EQ(::write(descriptor, "behind", 6), 6);
  ::close(descriptor);
  EXPECT_EQ(test::read_bytes(file), "before, through, behind");
}

TEST_F(AtomicFileTest, SaysBeforehandWhatItCannotWrite) {
  const auto why = [](const fs::path& path) {
    const std::string text = test::error_text([&] { (void)check_can_write(path); });
    EXPECT_EQ(test::error_text([&] { write_file(path, "x"); }), text);
    return text.substr(std::min(text.find(": "), text.size()));
  };
  dir_.write("file", "");
  EXPECT_EQ(why(dir_ / "none/a"),
            ": could not create the file: No such file or directory\n"
            "  hint: create the folder first");
  EXPECT_EQ(why(dir_ / "file/a"), ": could not create the file: Not a directory");
  EXPECT_EQ(why(dir_.path()),
            ": could not write the file: Is a directory\n"
            "  hint: it is a folder: choose another name");
  EXPECT_EQ(why(dir_ / std::string(300, 'n')),
            ": could not create the file: File name too long\n"
            "  hint: choose a shorter name");
  EXPECT_EQ(files(), 1u);
}

TEST_F(AtomicFileTest, SaysBeforehandWhichFileItWrites) {
  const fs::path folder = fs::canonical(dir_.path());
  fs::create_symlink("new", dir_ / "link");
  EXPECT_EQ(check_can_write(dir_ / "link"), folder / "new");
  EXPECT_EQ(check_can_write(dir_ / "new"), folder / "new");
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace calotype
