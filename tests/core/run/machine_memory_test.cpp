#include "calotype/machine_memory.h"

#include <gtest/gtest.h>

namespace calotype {
namespace {

TEST(MachineMemory, IsWrittenWithAtMostThreeDigits) {
  constexpr double kGiB = 1 << 30;
  EXPECT_EQ(memory_text(512), "512 bytes");
  EXPECT_EQ(memory_text(1000), "1.0 KiB");
  EXPECT_EQ(memory_text(23.4 * kGiB), "23 GiB");
  EXPECT_EQ(memory_text(999 * kGiB), "999 GiB");
  EXPECT_EQ(memory_text(4.66 * 1024 * kGiB), "4.7 TiB");
  EXPECT_EQ(memory_text(1e21), "867 EiB");
}

TEST(MachineMemory, IsKnown) { EXPECT_GT(physical_memory(), std::uint64_t{1} << 28); }

}  // namespace
}  // namespace calotype
