/// Times one network with random weights and prints one line of JSON:
///   calotype_network_bench unet|vae-decode|depth|rrdb|compact SHAPES
///                          [--dtype float32|bfloat16|float16] [--device cpu|cuda] [--size 64]
///                          [--batch 2] [--threads N] [--repeats 3]
/// SHAPES: a text file with a tensor per line, its name and its sizes. `size` is the latent's, for
/// depth, rrdb and compact the picture's. Peak memory is the process's on the CPU and the
/// allocator's on a GPU.
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "calotype/types/aten.h"
#include "calotype/types/torch_scope.h"
#include "depth/depth_names.h"
#include "depth/dpt_depth_model.h"
#include "peak_memory.h"
#include "unet/unet_denoiser.h"
#include "upscale/esrgan_upscaler.h"
#include "vae/autoencoder_kl.h"

namespace calotype {

namespace {

/// Weights that are made when asked for and held by nobody else.
class RandomWeights final : public Weights {
 public:
  RandomWeights(const std::string& path, c10::ScalarType dtype, const Rename& rename = {})
      : path_(path), noise_(at::randn({1 << 20}).to(dtype)) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      if (rename) name = rename(name);
      if (name.empty()) continue;
      for (std::int64_t n = 0; words >> n;) shapes_[name].push_back(n);
    }
  }
  std::string origin() const override { return path_; }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const auto& [name, shape] : shapes_) names.push_back(name);
    return names;
  }
  const std::vector<std::int64_t>* shape(std::string_view name) const override {
    const auto found = shapes_.find(name);
    return found == shapes_.end() ? nullptr : &found->second;
  }
  at::Tensor tensor(std::string_view name) const override {
    const auto& shape = shapes_.find(name)->second;
    const auto t = at::empty(shape, noise_.options());
    const std::int64_t block = noise_.numel();
    const auto flat = t.view(-1);
    for (std::int64_t at = 0; at < t.numel(); at += block) {
      const std::int64_t n = std::min(block, t.numel() - at);
      flat.narrow(0, at, n).copy_(noise_.narrow(0, 0, n));
    }
    const auto inputs = static_cast<double>(shape.size() > 1 ? t.numel() / shape[0] : 100);
    return t.mul_(1.0 / std::sqrt(inputs));
  }
  std::size_t bytes() const override { return 0; }

 private:
  std::string path_;
  at::Tensor noise_;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> shapes_;
};

std::string option(const std::vector<std::string>& args, const std::string& name,
                   const std::string& fallback) {
  const auto found = std::find(args.begin(), args.end(), name);
  return found != args.end() && found + 1 != args.end() ? found[1] : fallback;
}

double seconds(const std::function<void()>& f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

c10::ScalarType dtype_of(const std::string& name) {
  if (name == "bfloat16") return at::kBFloat16;
  return name == "float16" ? at::kHalf : at::kFloat;
}

std::int64_t peak_mib(c10::Device device) {
  if (!device.is_cpu()) {
    constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    return at::accelerator::getDeviceStats(device.index()).allocated_bytes.at(kAll).peak >> 20;
  }
  return host_peak_mib();
}

DepthModelHandle depth_model(const std::string& shapes, Placement placement, std::int64_t size) {
  const RandomWeights raw(shapes, placement.dtype);
  const DepthLayout layout = recognise_depth_layout(raw.names(), shapes);
  DepthParts parts;
  parts.weights =
      std::make_shared<const RandomWeights>(shapes, placement.dtype, depth_names(layout));
  parts.config = DepthConfig::detect(*parts.weights, {});
  parts.preparation = {.width = size, .height = size, .multiple = parts.config.multiple()};
  return make_depth_model(std::move(parts), placement);
}

void run(const std::vector<std::string>& args) {
  Placement placement;
  placement.dtype = dtype_of(option(args, "--dtype", "float32"));
  if (option(args, "--device", "cpu") == "cuda") placement.device = {c10::DeviceType::CUDA, 0};
  const std::int64_t size = std::stoll(option(args, "--size", "64"));
  const std::int64_t batch = std::stoll(option(args, "--batch", "2"));
  at::set_num_threads(std::stoi(option(args, "--threads", "2")));
  at::manual_seed(1);
  const auto weights = std::make_shared<const RandomWeights>(args[1], placement.dtype);

  std::function<void()> step;
  double load = 0.0;
  const auto numbers = at::TensorOptions(placement.device);
  if (args[0] == "unet") {
    const UNetConfig config = UNetConfig::detect(*weights);
    const auto denoiser = make_unet_denoiser(weights, config, placement, Prediction::epsilon);
    DenoiserInput conditions{.context = at::randn({batch, 77, config.context_width})};
    if (config.vector_width > 0) conditions.vector = at::randn({batch, config.vector_width});
    if (config.noise_levels > 0) conditions.noise_levels = at::full({batch}, 20, at::kLong);
    std::shared_ptr<DenoiserRun> bound;
    load = seconds([&] { bound = denoiser->begin(conditions); });
    step = [=, x = at::randn({batch, config.in_channels, size, size}, numbers),
            t = at::full({batch}, 500.0, numbers)] { bound->predict(x, t); };
  } else if (args[0] == "depth") {
    step = [model = depth_model(args[1], placement, size), picture = at::rand({1, 3, size, size})] {
      model->estimate(picture);
    };
  } else if (args[0] == "rrdb" || args[0] == "compact") {
    const auto kind = args[0] == "rrdb" ? UpscalerKind::rrdb : UpscalerKind::compact;
    const auto upscaler = make_esrgan_upscaler({kind, weights}, placement, 0);
    step = [=, pixels = at::rand({1, 3, size, size})] { upscaler->upscale(pixels); };
  } else {
    const auto vae = make_autoencoder_kl(weights, placement, 0.18215);
    step = [=, latent = 0.18215 * at::randn({1, 4, size, size}, numbers)] { vae->decode(latent); };
  }
  const auto timed = [&] {
    return seconds([&] {
      step();
      if (!placement.device.is_cpu()) at::accelerator::synchronizeDevice(0);
    });
  };
  const double warm_up = timed();
  std::vector<double> times;
  for (int i = std::stoi(option(args, "--repeats", "3")); i > 0; --i) times.push_back(timed());
  std::sort(times.begin(), times.end());
  std::printf(
      "{\"load_s\": %.3f, \"warm_up_s\": %.3f, \"median_s\": %.5f, \"min_s\": %.5f, "
      "\"peak_mib\": %ld}\n",
      load, warm_up, times[times.size() / 2], times.front(),
      static_cast<long>(peak_mib(placement.device)));
}

}  // namespace

}  // namespace calotype

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs(
        "usage: unet|vae-decode|depth|rrdb|compact SHAPES [--dtype T] [--device D] [--size N] "
        "[--batch N] [--threads "
        "N] "
        "[--repeats N]\n",
        stderr);
    return 2;
  }
  try {
    calotype::torch_scope([&] { calotype::run({argv + 1, argv + argc}); });
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
