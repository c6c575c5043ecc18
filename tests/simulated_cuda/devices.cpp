/// Makes torch believe that there are CUDA devices. Loaded before the program (LD_PRELOAD) beside a
/// torch without CUDA.
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/Event.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "simulated_cuda/current_device.h"
#include "simulated_cuda/device_memory.h"
#include "simulated_cuda/generator.h"

namespace simulated_cuda {

namespace {

constexpr c10::DeviceType kType = c10::DeviceType::CUDA;
thread_local c10::DeviceIndex g_current = 0;

thread_local std::array<c10::StreamId, kDevices> g_streams{};  // 0: the default one
std::atomic<c10::StreamId> g_newest_stream = 0;
std::atomic<std::int64_t> g_kernels_elsewhere = 0;

/// Kernels end before they return, so that streams have nothing to wait for.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device device) const override {
    return {kType, exchange_current_device(device.index())};
  }
  c10::Device getDevice() const override { return {kType, current_device()}; }
  void setDevice(c10::Device device) const override { exchange_current_device(device.index()); }
  void uncheckedSetDevice(c10::Device device) const noexcept override {
    if (device.has_index()) g_current = device.index();
  }
  c10::Stream getStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::UNSAFE, device, g_streams.at(device.index()));
  }
  c10::Stream getNewStream(c10::Device device, int /*priority*/) const override {
    return c10::Stream(c10::Stream::UNSAFE, device, ++g_newest_stream);
  }
  c10::Stream getDefaultStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::DEFAULT, device);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override {
    c10::StreamId& current = g_streams.at(stream.device_index());
    return c10::Stream(c10::Stream::UNSAFE, stream.device(), std::exchange(current, stream.id()));
  }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  void destroyEvent(void*, c10::DeviceIndex) const noexcept override {}
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeEvent(void*) const override {}
  void synchronizeDevice(c10::DeviceIndex) const override {}
  void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {}
};

C10_REGISTER_GUARD_IMPL(CUDA, Guard);

const bool g_allocator_is_set = [] {
  c10::SetAllocator(kType, &device_allocator());
  return true;
}();

}  // namespace

void note_kernel(c10::DeviceIndex device) {
  if (g_streams.at(device) != 0) ++g_kernels_elsewhere;
}

c10::DeviceIndex current_device() { return g_current; }

c10::DeviceIndex exchange_current_device(c10::DeviceIndex device) {
  TORCH_CHECK(device >= 0 && device < kDevices, "CUDA error: invalid device ordinal");
  return std::exchange(g_current, device);
}

}  // namespace simulated_cuda

// For tests, which reach them through ctypes.
extern "C" {

/// This thread's stream of the first device becomes one that nobody else uses.
__attribute__((visibility("default"))) void simulated_cuda_leave_default_stream() {
  simulated_cuda::g_streams.at(0) = ++simulated_cuda::g_newest_stream;
}

/// How many kernels of all threads ran on streams other than their device's default one.
__attribute__((visibility("default"))) std::int64_t simulated_cuda_kernels_elsewhere() {
  return simulated_cuda::g_kernels_elsewhere;
}

}  // extern "C"

namespace at {

namespace {

struct SimulatedCUDAHooks final : CUDAHooksInterface {
  explicit SimulatedCUDAHooks(CUDAHooksArgs) {}
  void init() const override {}
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasCUDA() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return simulated_cuda::kDevices; }
  int getNumGPUs() const override { return simulated_cuda::kDevices; }
  DeviceIndex current_device() const override { return simulated_cuda::current_device(); }
  DeviceIndex getCurrentDevice() const override { return simulated_cuda::current_device(); }
  void setCurrentDevice(DeviceIndex device) const override {
    simulated_cuda::exchange_current_device(device);
  }
  bool supportsBFloat16ConvolutionWithCuDNNv8() const override { return true; }
  void deviceSynchronize(DeviceIndex) const override {}
  Device getDeviceFromPtr(void* address) const override {
    return simulated_cuda::device_of(address);
  }
  const Generator& getDefaultGenerator(DeviceIndex device) const override {
    return simulated_cuda::default_generator(device);
  }
  Generator getNewGenerator(DeviceIndex device) const override {
    return simulated_cuda::new_generator(device);
  }
};

}  // namespace

using CUDAHooks = SimulatedCUDAHooks;
REGISTER_CUDA_HOOKS(CUDAHooks);

}  // namespace at
