#pragma once
#include <c10/core/Device.h>

namespace simulated_cuda {

/// As many as are needed to mistake one for the other.
inline constexpr c10::DeviceIndex kDevices = 2;

/// The calling thread's device: what "cuda" without a number means.
c10::DeviceIndex current_device();

/// Counts kernels that do not run on the device's default stream.
void note_kernel(c10::DeviceIndex device);

/// Throws c10::Error for a device that does not exist. Returns the device that was current.
c10::DeviceIndex exchange_current_device(c10::DeviceIndex device);

}  // namespace simulated_cuda
