#include "calotype/types/host_memory.h"

#include <malloc.h>

#include <mutex>

namespace calotype {

namespace {

constexpr int kNeverMap = 1 << 30;
constexpr int kMapFrom = 128 << 10;  // bytes
constexpr int kNeverTrim = 2'000'000'000;

std::mutex mutex;
int mapping = 0;

}  // namespace

void keep_large_blocks() {
  const std::scoped_lock lock(mutex);
  mallopt(M_TRIM_THRESHOLD, kNeverTrim);
  if (mapping == 0) mallopt(M_MMAP_THRESHOLD, kNeverMap);
}

MapLargeBlocks::MapLargeBlocks() {
  const std::scoped_lock lock(mutex);
  if (mapping++ == 0) mallopt(M_MMAP_THRESHOLD, kMapFrom);
}

MapLargeBlocks::~MapLargeBlocks() {
  const std::scoped_lock lock(mutex);
  if (--mapping == 0) mallopt(M_MMAP_THRESHOLD, kNeverMap);
}

}  // namespace calotype
