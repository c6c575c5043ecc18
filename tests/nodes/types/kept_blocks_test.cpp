#include "types/src/kept_blocks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>
#include <vector>

namespace calotype {
namespace {

using After = KeptBlocks::AfterUse;
constexpr std::size_t kMiB = std::size_t{1} << 20;

char* take(KeptBlocks& blocks, std::size_t mib, After after = After::keep) {
  return static_cast<char*>(blocks.take(mib * kMiB, after));
}

TEST(KeptBlocks, GivesAFreedBlockToTheNextOfItsSize) {
  KeptBlocks blocks;
  char* const first = take(blocks, 4);
  std::memset(first, 7, 4 * kMiB);
  EXPECT_EQ(blocks.in_use(), 4 * kMiB);
  EXPECT_TRUE(blocks.give_back(first));
  EXPECT_EQ(blocks.in_use(), 0U);
  EXPECT_EQ(blocks.kept(), 4 * kMiB);
  char* const second = take(blocks, 4);
  EXPECT_EQ(second, first);
  EXPECT_EQ(second[5], 7) << "the pages are the same ones";
  EXPECT_EQ(blocks.kept(), 0U);
}

TEST(KeptBlocks, CutsWhatItNeedsAndJoinsThePartsAgain) {
  KeptBlocks blocks;
  char* const whole = take(blocks, 8);
  blocks.give_back(whole);
  char* const a = take(blocks, 2);
  char* const b = take(blocks, 3);
  EXPECT_EQ(a, whole);
  EXPECT_EQ(b, whole + 2 * kMiB);
  EXPECT_EQ(blocks.kept(), 3 * kMiB);
  blocks.give_back(a);
  blocks.give_back(b);
  EXPECT_EQ(blocks.kept(), 8 * kMiB);
  EXPECT_EQ(take(blocks, 8), whole);
}

TEST(KeptBlocks, MovesThePagesOfASmallerBlockToALargerPlace) {
  KeptBlocks blocks;
  char* const small = take(blocks, 4);
  std::memset(small, 9, 4 * kMiB);
  blocks.give_back(small);
  char* const large = take(blocks, 10);
  EXPECT_EQ(blocks.kept(), 0U);
  EXPECT_EQ(large[4 * kMiB - 1], 9);
  EXPECT_EQ(large[4 * kMiB], 0);
  std::memset(large, 1, 10 * kMiB);
}

TEST(KeptBlocks, KeepsNoMoreThanWasOnceInUse) {
  KeptBlocks blocks;
  std::vector<char*> many;
  for (int i = 0; i < 40; ++i) many.push_back(take(blocks, 1));
  for (char* block : many) blocks.give_back(block);
  EXPECT_EQ(blocks.kept(), 40 * kMiB);
  char* const large = take(blocks, 30);
  EXPECT_LE(blocks.in_use() + blocks.kept(), 40 * kMiB + KeptBlocks::kSlack);
  std::memset(large, 1, 30 * kMiB);
}

TEST(KeptBlocks, UnmapsAtOnceWhatIsNotToBeKept) {
  KeptBlocks blocks;
  char* const weights = take(blocks, 32, After::unmap);
  EXPECT_EQ(blocks.in_use(), 0U);
  EXPECT_TRUE(blocks.give_back(weights));
  EXPECT_EQ(blocks.kept(), 0U);
}

TEST(KeptBlocks, KnowsWhatIsNotItsOwn) {
  KeptBlocks blocks;
  int other = 0;
  EXPECT_FALSE(blocks.give_back(&other));
  char* const block = take(blocks, 1);
  EXPECT_TRUE(blocks.give_back(block));
  EXPECT_FALSE(blocks.give_back(block));
}

TEST(KeptBlocks, HasNullForMoreThanThereIs) {
  KeptBlocks blocks;
  blocks.give_back(take(blocks, 4));
  EXPECT_EQ(blocks.take(std::size_t{1} << 60, After::keep), nullptr);
  EXPECT_EQ(blocks.take(~std::size_t{0}, After::keep), nullptr);
  EXPECT_NE(take(blocks, 4), nullptr) << "and goes on";
}

// Every block is filled with its own number and looked at before it is given back.
TEST(KeptBlocks, NeverGivesOnePageToTwoThreads) {
  KeptBlocks blocks;
  const auto work = [&blocks](int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    std::vector<std::pair<unsigned char*, std::size_t>> mine;
    for (int i = 0; i < 400; ++i) {
      if (mine.size() < 6 && random() % 2 == 0) {
        const std::size_t size = 4096 * (1 + random() % 600);
        const auto after = random() % 4 == 0 ? After::unmap : After::keep;
        auto* const block = static_cast<unsigned char*>(blocks.take(size, after));
        std::memset(block, number, size);
        mine.emplace_back(block, size);
      } else if (!mine.empty()) {
        const auto [block, size] = mine.back();
        mine.pop_back();
        for (std::size_t at = 0; at < size; at += 512) ASSERT_EQ(block[at], number);
        ASSERT_TRUE(blocks.give_back(block));
      }
    }
    for (const auto& [block, size] : mine) ASSERT_TRUE(blocks.give_back(block));
  };
  std::vector<std::thread> threads;
  for (int number = 1; number <= 4; ++number) threads.emplace_back(work, number);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(blocks.in_use(), 0U);
}

}  // namespace
}  // namespace calotype
