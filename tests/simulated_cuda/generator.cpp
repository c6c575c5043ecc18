#include "simulated_cuda/generator.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/Tensor.h>

#include "simulated_cuda/current_device.h"

namespace simulated_cuda {

namespace {

struct DeviceGenerator final : at::CPUGeneratorImpl {
  explicit DeviceGenerator(c10::DeviceIndex index) {
    device_ = c10::Device(c10::DeviceType::CUDA, index);
    key_set_ = c10::DispatchKeySet(c10::DispatchKey::CUDA);
  }
};

c10::DeviceIndex existing(c10::DeviceIndex device) {
  return device < 0 ? current_device() : device;
}

}  // namespace

at::Generator new_generator(c10::DeviceIndex device) {
  return at::make_generator<DeviceGenerator>(existing(device));
}

const at::Generator& default_generator(c10::DeviceIndex device) {
  static const at::Generator* const all =
      new at::Generator[kDevices]{new_generator(0), new_generator(1)};
  return all[existing(device)];
}

at::Generator host_generator(const at::Generator& generator) {
  at::Generator host = at::make_generator<at::CPUGeneratorImpl>();
  host.set_state(generator.get_state());
  return host;
}

}  // namespace simulated_cuda
