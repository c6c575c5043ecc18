#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "calotype/cache.h"
#include "support/temp_dir.h"

namespace calotype::test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const EntryInfo kInfo{"Number", 1, "Constant", 1};

Hash128 key(std::uint64_t n) { return {.high = 0xab00000000000000 + n, .low = n}; }

TensorArchive archive(double first, std::size_t count = 4) {
  auto data = std::make_shared<std::vector<double>>(count, first);
  TensorArchive a;
  a.metadata["source"] = "test";
  ArchiveTensor t;
  t.name = "values";
  t.dtype = DType::f64;
  t.shape = {static_cast<std::int64_t>(count)};
  t.bytes = std::as_bytes(std::span(*data));
  t.owner = data;
  a.tensors.push_back(std::move(t));
  return a;
}

double first_of(const TensorArchive& a) {
  double value = 0;
  std::memcpy(&value, a.tensors.at(0).bytes.data(), sizeof value);
  return value;
}

fs::path file_of(const fs::path& folder, const Hash128& k) {
  return folder / k.hex().substr(0, 2) / (k.hex() + ".safetensors");
}

std::size_t files_below(const fs::path& folder) {
  std::size_t n = 0;
  for (const auto& e : fs::recursive_directory_iterator(folder)) n += e.is_regular_file() ? 1 : 0;
  return n;
}

TEST(DiskCache, GivesBackWhatWasPutEvenInAnotherProcess) {
  const TempDir dir;
  EXPECT_TRUE(DiskCache(dir.path(), 1 << 20).put(key(1), kInfo, archive(42)));
  const auto found = DiskCache(dir.path(), 1 << 20).get(key(1), kInfo);
  ASSERT_TRUE(found);
  EXPECT_EQ(first_of(*found), 42);
  EXPECT_EQ(found->metadata, (std::map<std::string, std::string>{{"source", "test"}}));
  EXPECT_TRUE(fs::exists(file_of(dir.path(), key(1))));
}

TEST(DiskCache, MissesWhatWasNeverPut) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  EXPECT_FALSE(cache.contains(key(1)));
  EXPECT_FALSE(cache.get(key(1), kInfo));
}

TEST(DiskCache, TakesAnotherVersionForAMissAndDeletesIt) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  for (const EntryInfo& other :
       {EntryInfo{"Number", 2, "Constant", 1}, EntryInfo{"Number", 1, "Constant", 2},
        EntryInfo{"Word", 1, "Constant", 1}, EntryInfo{"Number", 1, "Add", 1}}) {
    cache.put(key(1), kInfo, archive(1));
    EXPECT_FALSE(cache.get(key(1), other));
    EXPECT_FALSE(fs::exists(file_of(dir.path(), key(1))));
  }
}

TEST(DiskCache, TakesAnyPortVersionWhenNoneIsKnown) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  cache.put(key(1), kInfo, archive(1));
  EXPECT_TRUE(cache.get(key(1), {"Number", 0, "Constant", 1}));
}

TEST(DiskCache, NoticesEveryChangedByte) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  cache.put(key(1), kInfo, archive(1));
  const fs::path file = file_of(dir.path(), key(1));
  const std::string good = read_bytes(file);
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80, 0x29}) {  // 0x29 turns a space into a tab
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      std::ofstream(file, std::ios::binary) << bad;
      ASSERT_FALSE(cache.get(key(1), kInfo)) << "byte " << i << " xor " << flip;
      ASSERT_FALSE(fs::exists(file)) << "byte " << i;
    }
  }
}

TEST(DiskCache, NoticesEveryLength) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  cache.put(key(1), kInfo, archive(1));
  const fs::path file = file_of(dir.path(), key(1));
  const std::string good = read_bytes(file);
  for (std::size_t size = 0; size < good.size(); ++size) {
    std::ofstream(file, std::ios::binary) << good.substr(0, size);
    ASSERT_FALSE(cache.get(key(1), kInfo)) << size << " bytes";
  }
  std::ofstream(file, std::ios::binary) << good << "x";
  EXPECT_FALSE(cache.get(key(1), kInfo));
}

TEST(DiskCache, NoticesSwappedFiles) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  cache.put(key(1), kInfo, archive(1));
  cache.put(key(2), kInfo, archive(2));
  fs::rename(file_of(dir.path(), key(1)), dir / "kept");
  fs::rename(file_of(dir.path(), key(2)), file_of(dir.path(), key(1)));
  fs::rename(dir / "kept", file_of(dir.path(), key(2)));
  EXPECT_FALSE(cache.get(key(1), kInfo));
  EXPECT_FALSE(cache.get(key(2), kInfo));
}

TEST(DiskCache, TakesAFolderInPlaceOfAnEntryForAMiss) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  fs::create_directories(file_of(dir.path(), key(1)) / "inside");
  EXPECT_FALSE(cache.get(key(1), kInfo));
  EXPECT_TRUE(cache.put(key(1), kInfo, archive(1)));
  EXPECT_TRUE(cache.get(key(1), kInfo));
}

TEST(DiskCache, KeepsWithinItsBudgetOldestUseFirst) {
  const TempDir dir;
  DiskCache cache(dir.path(), 50'000);
  for (std::uint64_t i = 0; i < 4; ++i) {
    cache.put(key(i), kInfo, archive(1, 1500));
    fs::last_write_time(file_of(dir.path(), key(i)),
                        fs::file_time_type::clock::now() - std::chrono::hours(10 - i));
  }
  EXPECT_TRUE(cache.get(key(0), kInfo));  // used: now the youngest
  cache.put(key(4), kInfo, archive(1, 1500));
  EXPECT_LE(cache.stats().bytes, 50'000U);
  EXPECT_TRUE(cache.contains(key(0)));
  EXPECT_FALSE(cache.contains(key(1)));
  EXPECT_TRUE(cache.contains(key(4)));
}

TEST(DiskCache, DoesNotKeepWhatExceedsTheWholeBudget) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1000);
  EXPECT_FALSE(cache.put(key(1), kInfo, archive(1, 1000)));
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_THAT(cache.take_warnings(), IsEmpty());
}

TEST(DiskCache, CountsAndClears) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  dir.write("files.json", "{}");
  for (std::uint64_t i = 0; i < 3; ++i) cache.put(key(i), kInfo, archive(1));
  EXPECT_EQ(cache.stats().entries, 3U);
  EXPECT_EQ(cache.stats().budget, std::uint64_t{1} << 20);
  EXPECT_GT(cache.stats().bytes, 3U * 32);
  EXPECT_EQ(cache.clear(), 3U);
  EXPECT_EQ(cache.stats().entries, 0U);
  EXPECT_TRUE(fs::exists(dir / "files.json"));
}

TEST(DiskCache, VerifyNamesAndDeletesDamagedEntries) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  cache.put(key(1), kInfo, archive(1));
  cache.put(key(2), kInfo, archive(2));
  fs::resize_file(file_of(dir.path(), key(2)), 100);
  EXPECT_THAT(cache.verify(), ElementsAre(key(2).hex() + ".safetensors"));
  EXPECT_TRUE(cache.contains(key(1)));
  EXPECT_FALSE(cache.contains(key(2)));
  EXPECT_THAT(cache.verify(), IsEmpty());
}

TEST(DiskCache, DoesNotKeepArchivesThatUseItsOwnNames) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  TensorArchive forged = archive(1);
  forged.metadata["calotype.key"] = key(2).hex();
  EXPECT_FALSE(cache.put(key(1), kInfo, forged));
}

// Root may write anywhere, so a folder below a plain file stands for one that cannot be written.
TEST(DiskCache, GoesOnWithoutAFolderItCannotWrite) {
  const TempDir dir;
  const fs::path folder = dir.write("file", "x") / "cache";
  DiskCache cache(folder, 1 << 20);
  EXPECT_FALSE(cache.put(key(1), kInfo, archive(1)));
  EXPECT_FALSE(cache.put(key(2), kInfo, archive(1)));
  EXPECT_FALSE(cache.get(key(1), kInfo));
  EXPECT_EQ(cache.clear(), 0U);
  EXPECT_THAT(cache.take_warnings(),
              ElementsAre("cache folder \"" + folder.string() +
                          "\" cannot be written (Not a directory): new results are not kept on "
                          "disk"));
  EXPECT_THAT(cache.take_warnings(), IsEmpty());
}

TEST(DiskCache, DeletesWhatWasLeftHalfWrittenLongAgo) {
  const TempDir dir;
  fs::create_directories(dir / "ab");
  const fs::path old = dir.write("ab/.calotype-0123456789abcdef.tmp", "half");
  const fs::path fresh = dir.write("ab/.calotype-0123456789abcdee.tmp", "half");
  fs::last_write_time(old, fs::file_time_type::clock::now() - std::chrono::hours(2));
  DiskCache cache(dir.path(), 1 << 20);
  cache.put(key(1), kInfo, archive(1));
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(fresh)) << "somebody may still write it";
}

TEST(DiskCache, OfOneFolderTwiceInAProcessKeepsAllEntries) {
  const TempDir dir;
  DiskCache first(dir.path(), 1 << 20);
  DiskCache second(dir.path(), 1 << 20);
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) second.put(key(2 * i + 1), kInfo, archive(1));
  });
  for (int i = 0; i < 100; ++i) first.put(key(2 * i), kInfo, archive(1));
  other.join();
  EXPECT_EQ(first.stats().entries, 200U);
  EXPECT_EQ(files_below(dir.path()), 200U) << "nothing else is left";
  EXPECT_THAT(first.take_warnings(), IsEmpty());
  EXPECT_THAT(second.take_warnings(), IsEmpty());
}

TEST(DiskCache, KeepsWhatItCannotReadNow) {
  const TempDir dir;
  DiskCache cache(dir.path(), 1 << 20);
  ASSERT_TRUE(cache.put(key(1), kInfo, archive(1)));
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool found = cache.get(key(1), kInfo).has_value();
  const auto damaged = cache.verify();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_FALSE(found) << "no file could be opened";
  EXPECT_THAT(damaged, IsEmpty());
  EXPECT_TRUE(cache.get(key(1), kInfo));
}

}  // namespace
}  // namespace calotype::test
