#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "calotype/cache.h"
#include "support/run_helpers.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

namespace fs = std::filesystem;

/// Digests of files that changed within two seconds are not remembered, so tests make files old.
/// The change time cannot be set; waiting is the only way.
void wait_until_old() { std::this_thread::sleep_for(std::chrono::milliseconds(2100)); }

TEST(FileDigests, AreThoseOfTheContent) {
  const TempDir dir;
  FileDigests digests({});
  const std::string bytes(3'000'000, 'x');
  EXPECT_EQ(digests.digest(dir.write("a", bytes)), hash_bytes(bytes.data(), bytes.size()));
  EXPECT_EQ(digests.digest(dir.write("empty", "")), hash_bytes("", 0));
}

TEST(FileDigests, ChangeWithTheContentEvenWithinOneTick) {
  const TempDir dir;
  FileDigests digests({});
  for (int i = 0; i < 50; ++i) {
    const std::string bytes = "content " + std::to_string(i % 10);
    EXPECT_EQ(digests.digest(dir.write("a", bytes)), hash_bytes(bytes.data(), bytes.size()));
  }
}

TEST(FileDigests, OfFoldersCoverNamesAndContents) {
  const TempDir dir;
  fs::create_directories(dir / "model" / "sub");
  dir.write("model/one", "1");
  dir.write("model/sub/two", "2");
  FileDigests digests({});
  const Hash128 first = digests.digest(dir / "model");
  EXPECT_EQ(digests.digest(dir / "model"), first);
  dir.write("model/sub/two", "3");
  const Hash128 changed = digests.digest(dir / "model");
  EXPECT_NE(changed, first);
  fs::rename(dir / "model" / "one", dir / "model" / "uno");
  EXPECT_NE(digests.digest(dir / "model"), changed);
  fs::rename(dir / "model", dir / "moved");
  fs::rename(dir / "moved" / "uno", dir / "moved" / "one");
  dir.write("moved/sub/two", "2");
  EXPECT_EQ(digests.digest(dir / "moved"), first);
}

TEST(FileDigests, FollowLinksToFilesAndNotIntoCycles) {
  const TempDir dir;
  fs::create_directories(dir / "model");
  dir.write("outside", "1");
  fs::create_symlink(dir / "outside", dir / "model" / "link");
  fs::create_directory_symlink(dir / "model", dir / "model" / "cycle");
  FileDigests digests({});
  const Hash128 first = digests.digest(dir / "model");
  dir.write("outside", "2");
  EXPECT_NE(digests.digest(dir / "model"), first);
  fs::create_symlink(dir / "outside", dir / "direct");
  EXPECT_EQ(digests.digest(dir / "direct"), hash_bytes("2", 1));
}

TEST(FileDigests, OfFoldersCoverFoldersThatAreLinkedIn) {
  const TempDir dir;
  fs::create_directories(dir / "model");
  fs::create_directories(dir / "shared");
  dir.write("shared/weights", "1");
  fs::create_directory_symlink(dir / "shared", dir / "model" / "unet");
  FileDigests digests({});
  const Hash128 first = digests.digest(dir / "model");
  dir.write("shared/weights", "2");
  EXPECT_NE(digests.digest(dir / "model"), first);
}

TEST(FileDigests, HaveAStampThatChangesWithAnyFile) {
  const TempDir dir;
  fs::create_directories(dir / "model");
  dir.write("model/one", "1");
  const fs::path two = dir.write("model/two", "2");
  FileDigests digests({});
  const FileState folder = digests.state(dir / "model");
  const FileState file = digests.state(two);
  EXPECT_EQ(FileDigests::stamp(dir / "model"), folder.stamp);
  EXPECT_EQ(FileDigests::stamp(two), file.stamp);
  dir.write("model/two", "three");
  EXPECT_NE(FileDigests::stamp(dir / "model"), folder.stamp);
  EXPECT_NE(FileDigests::stamp(two), file.stamp);
}

TEST(FileDigests, RefuseWhatIsNoFileWithoutBlocking) {
  const TempDir dir;
  const fs::path pipe = dir / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  FileDigests digests({});
  EXPECT_EQ(error_of([&] { digests.digest(pipe); }),
            quote(pipe.string()) + " is neither a file nor a folder");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const fs::path open = "/proc/self/fd/" + std::to_string(ends[0]);
  EXPECT_EQ(error_of([&] { digests.digest(open); }),
            quote(open.string()) + " is neither a file nor a folder");
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(error_of([&] { digests.digest(dir / "none"); }),
            quote((dir / "none").string()) + " does not exist");
}

TEST(FileDigests, AreRememberedAcrossProcessesUntilTheFileChanges) {
  const TempDir dir;
  const fs::path memory = dir / "cache" / "files.json";
  const fs::path file = dir.write("model", "abc");
  wait_until_old();
  {
    FileDigests digests(memory);
    digests.digest(file);
    digests.save();
  }
  // A digest that no content has shows that the memory was used.
  std::string text = read_bytes(memory);
  const std::string real = hash_bytes("abc", 3).hex();
  ASSERT_NE(text.find(real), std::string::npos);
  text.replace(text.find(real), 32, std::string(32, '7'));
  std::ofstream(memory) << text;
  EXPECT_EQ(FileDigests(memory).digest(file).hex(), std::string(32, '7'));

  // Same size and modification time, other content: the change time tells.
  const auto time = fs::last_write_time(file);
  dir.write("model", "abd");
  fs::last_write_time(file, time);
  EXPECT_EQ(FileDigests(memory).digest(file), hash_bytes("abd", 3));
}

TEST(FileDigests, IgnoreADamagedMemory) {
  const TempDir dir;
  const fs::path file = dir.write("model", "abc");
  for (const char* text :
       {"", "{", "[]", "{\"version\":1}", "{\"version\":\"x\",\"files\":{}}",
        "{\"version\":1,\"files\":{\"a\":{\"digest\":3}}}", "{\"version\":1,\"files\":[7]}"}) {
    FileDigests digests(dir.write("files.json", text));
    EXPECT_EQ(digests.digest(file), hash_bytes("abc", 3)) << text;
    digests.save();
  }
}

TEST(FileDigests, GoOnWhenTheMemoryCannotBeWritten) {
  const TempDir dir;
  const fs::path file = dir.write("model", "abc");
  wait_until_old();
  FileDigests digests(file / "below" / "files.json");
  EXPECT_EQ(digests.digest(file), hash_bytes("abc", 3));
  digests.save();
}

}  // namespace
}  // namespace calotype::test
