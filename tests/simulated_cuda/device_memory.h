#pragma once
/// Memory of the simulated CUDA devices: kernels reach it, other code that follows a pointer into
/// it ends with a segmentation fault, as code that follows a pointer into a GPU's memory does.
#include <c10/core/CachingDeviceAllocator.h>

namespace simulated_cuda {

/// Gives memory of the current device (see current_device.h). Thread-safe. Throws
/// c10::OutOfMemoryError when more than SIMULATED_CUDA_MEMORY bytes would be taken, 16 GiB where
/// the environment does not say, or the system gives none.
c10::DeviceAllocator& device_allocator();

/// Where the host reaches the byte that is at `device_address` for the device. Throws
/// std::logic_error when no allocation contains it.
void* host_address(const void* device_address);

/// The device whose memory is at that address. Throws as above.
c10::Device device_of(const void* device_address);

}  // namespace simulated_cuda
