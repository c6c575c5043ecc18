#pragma once
#include <ATen/core/Generator.h>

namespace simulated_cuda {

/// A generator of a simulated device; it draws what a generator of the CPU draws, not what CUDA
/// draws.
at::Generator new_generator(c10::DeviceIndex device);

/// The one that is used where none is given. Lives as long as the process.
const at::Generator& default_generator(c10::DeviceIndex device);

/// A generator of the CPU in the same state.
at::Generator host_generator(const at::Generator& generator);

}  // namespace simulated_cuda
