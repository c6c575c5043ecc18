#include "simulated_cuda/device_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>

#include "simulated_cuda/current_device.h"

namespace simulated_cuda {

namespace {

/// The same pages twice: where nobody may touch them, and where the kernels work.
struct Block {
  std::byte* host = nullptr;
  std::size_t size = 0;
  c10::DeviceIndex owner = 0;
};

std::size_t memory_limit() {
  const char* const bytes = std::getenv("SIMULATED_CUDA_MEMORY");
  return bytes == nullptr ? std::size_t{16} << 30 : std::strtoull(bytes, nullptr, 10);
}

struct Blocks {
  std::mutex mutex;
  std::map<std::byte*, Block> by_device_address;
  std::size_t free = memory_limit();
};

/// Never destroyed: tensors in static variables are freed late.
Blocks& blocks() {
  static Blocks& all = *new Blocks;
  return all;
}

std::byte* map_pages(int file, std::size_t size, int protection) {
  void* pages = mmap(nullptr, size, protection, MAP_SHARED, file, 0);
  return pages == MAP_FAILED ? nullptr : static_cast<std::byte*>(pages);
}

[[noreturn]] void refuse(std::size_t size) {
  TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate ", size,
                   " bytes.");
}

std::byte* add_block(std::size_t size) {
  const int file = memfd_create("simulated CUDA", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, static_cast<off_t>(size)) != 0) refuse(size);
  std::byte* const device = map_pages(file, size, PROT_NONE);
  std::byte* const host = map_pages(file, size, PROT_READ | PROT_WRITE);
  close(file);
  const std::scoped_lock lock(blocks().mutex);
  if (device == nullptr || host == nullptr || size > blocks().free) {
    if (device != nullptr) munmap(device, size);
    if (host != nullptr) munmap(host, size);
    refuse(size);
  }
  blocks().free -= size;
  blocks().by_device_address[device] = {host, size, current_device()};
  return device;
}

void remove_block(void* device_address) {
  if (device_address == nullptr) return;
  const std::scoped_lock lock(blocks().mutex);
  const auto found = blocks().by_device_address.find(static_cast<std::byte*>(device_address));
  if (found == blocks().by_device_address.end()) std::abort();  // it was freed before
  const auto [host, size, owner] = found->second;
  blocks().by_device_address.erase(found);
  blocks().free += size;
  munmap(host, size);
  munmap(device_address, size);
}

struct Place {
  std::byte* host_address;
  c10::DeviceIndex owner;
};

Place find(const void* device_address) {
  auto* const address = static_cast<std::byte*>(const_cast<void*>(device_address));
  const std::scoped_lock lock(blocks().mutex);
  const auto after = blocks().by_device_address.upper_bound(address);
  if (after != blocks().by_device_address.begin()) {
    const auto& [device, block] = *std::prev(after);
    const auto offset = static_cast<std::size_t>(address - device);
    if (offset <= block.size) return {block.host + offset, block.owner};
  }
  throw std::logic_error("a tensor of a CUDA device has memory that is not of that device");
}

std::atomic<std::int64_t> g_times_emptied = 0;

/// It has no cache: only that somebody wanted it emptied is noted.
class SimulatedAllocator final : public c10::DeviceAllocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    const c10::Device device(c10::DeviceType::CUDA, current_device());
    if (size == 0) return {nullptr, nullptr, &remove_block, device};
    std::byte* const address = add_block(size);
    return {address, address, &remove_block, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &remove_block; }
  void copy_data(void* to, const void* from, std::size_t size) const override {
    default_copy_data(host_address(to), host_address(from), size);
  }
  bool initialized() override { return true; }
  void emptyCache(c10::MempoolId_t) override { ++g_times_emptied; }
  void recordStream(const c10::DataPtr&, c10::Stream) override {}
  c10::CachingDeviceAllocator::DeviceStats getDeviceStats(c10::DeviceIndex) override { return {}; }
  void resetAccumulatedStats(c10::DeviceIndex) override {}
  void resetPeakStats(c10::DeviceIndex) override {}
  std::pair<std::size_t, std::size_t> getMemoryInfo(c10::DeviceIndex) override {
    const std::scoped_lock lock(blocks().mutex);
    return {blocks().free, memory_limit()};
  }
};

}  // namespace

c10::DeviceAllocator& device_allocator() {
  static SimulatedAllocator& allocator = *new SimulatedAllocator;
  return allocator;
}

void* host_address(const void* device_address) {
  return device_address == nullptr ? nullptr : find(device_address).host_address;
}

c10::Device device_of(const void* device_address) {
  return {c10::DeviceType::CUDA, find(device_address).owner};
}

}  // namespace simulated_cuda

/// For tests, through ctypes: how often memory that nobody uses was given back to the driver.
extern "C" __attribute__((visibility("default"))) std::int64_t simulated_cuda_times_emptied() {
  return simulated_cuda::g_times_emptied;
}
