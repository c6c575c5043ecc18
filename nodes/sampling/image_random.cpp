#include "sampling/image_random.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include <utility>

#include "calotype/types/aten.h"
#include "sampling/philox.h"

namespace calotype {

namespace {

class TorchRandom final : public ImageRandom {
 public:
  TorchRandom(at::Generator generator, c10::Device device)
      : generator_(std::move(generator)), device_(device) {}
  at::Tensor randn(const std::vector<std::int64_t>& shape) override {
    return at::randn(shape, generator_, at::TensorOptions(at::kFloat).device(device_)).cpu();
  }

 private:
  at::Generator generator_;
  c10::Device device_;
};

class PhiloxRandom final : public ImageRandom {
 public:
  explicit PhiloxRandom(std::uint64_t seed) : philox_(seed) {}
  at::Tensor randn(const std::vector<std::int64_t>& shape) override { return philox_.randn(shape); }

 private:
  Philox philox_;
};

std::unique_ptr<ImageRandom> cpu_random(std::uint64_t seed) {
  return std::make_unique<TorchRandom>(at::detail::createCPUGenerator(seed),
                                       c10::Device(c10::DeviceType::CPU));
}

std::unique_ptr<ImageRandom> device_random(std::uint64_t seed) {
  if (!at::hasCUDA()) {
    throw Error(ErrorCode::run, "source \"device\" needs a CUDA device, and there is none",
                "use \"cpu\", or \"philox\" for the numbers that a CUDA device draws");
  }
  at::Generator generator = at::detail::getCUDAHooks().getNewGenerator(0);
  generator.set_current_seed(seed);
  return std::make_unique<TorchRandom>(std::move(generator), c10::Device(c10::DeviceType::CUDA, 0));
}

}  // namespace

std::unique_ptr<ImageRandom> make_image_random(NoiseSource source, std::uint64_t seed) {
  switch (source) {
    case NoiseSource::philox:
      return std::make_unique<PhiloxRandom>(seed);
    case NoiseSource::device:
      return device_random(seed);
    case NoiseSource::cpu:
      break;
  }
  return cpu_random(seed);
}

}  // namespace calotype
