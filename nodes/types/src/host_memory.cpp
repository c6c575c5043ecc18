#include "calotype/types/host_memory.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>
#include <malloc.h>
#include <pthread.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

#include "kept_blocks.h"

namespace calotype {

namespace {

constexpr std::size_t kLarge = std::size_t{1} << 20;  // bytes
constexpr int kNeverMap = 1 << 30;
constexpr int kNeverTrim = 2'000'000'000;

thread_local int apart = 0;

/// Tensors can outlive every static object, so this one is never destroyed.
KeptBlocks& blocks() {
  static auto* const all = new KeptBlocks;
  return *all;
}

void free_block(void* block) {
  if (block == nullptr) return;
  c10::profiledCPUMemoryReporter().Delete(block);
  constexpr std::uintptr_t kSmallestPage = 4096;
  const bool on_a_page = reinterpret_cast<std::uintptr_t>(block) % kSmallestPage == 0;
  if (!on_a_page || !blocks().give_back(block)) c10::free_cpu(block);
}

/// torch's own for small tensors, KeptBlocks for large ones.
class HostAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* const block = bytes < kLarge ? c10::alloc_cpu(bytes) : large(bytes);
    c10::profiledCPUMemoryReporter().New(block, bytes);
    return {block, block, &free_block, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    std::memcpy(to, from, bytes);
  }

 private:
  static void* large(std::size_t bytes) {
    using After = KeptBlocks::AfterUse;
    void* const block = blocks().take(bytes, apart > 0 ? After::unmap : After::keep);
    return block != nullptr ? block : from_heap(bytes);
  }

  /// There may be too many mappings rather than too little memory.
  static void* from_heap(std::size_t bytes) {
    try {
      return c10::alloc_cpu(bytes);
    } catch (const c10::Error&) {
      c10::profiledCPUMemoryReporter().OutOfMemory(bytes);
      C10_THROW_ERROR(OutOfMemoryError,
                      "out of memory: " + std::to_string(bytes) + " bytes for one tensor");
    }
  }
};

}  // namespace

void keep_large_blocks() {
  // What does not go through torch's allocator.
  mallopt(M_TRIM_THRESHOLD, kNeverTrim);
  mallopt(M_MMAP_THRESHOLD, kNeverMap);
#ifndef __SANITIZE_ADDRESS__
  c10::SetCPUAllocator(new HostAllocator);
  // A child that is forked while another thread holds the lock could never take it.
  ::pthread_atfork([] { blocks().lock(); }, [] { blocks().unlock(); }, [] { blocks().unlock(); });
#endif
}

double free_host_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string name, unit; file >> name;) {
    double kibibytes = 0;
    if (!(file >> kibibytes)) break;
    if (name == "MemAvailable:") return kibibytes * 1024 + static_cast<double>(blocks().kept());
    std::getline(file, unit);
  }
  return std::numeric_limits<double>::infinity();
}

UnmapAfterUse::UnmapAfterUse() { ++apart; }

UnmapAfterUse::~UnmapAfterUse() { --apart; }

}  // namespace calotype
