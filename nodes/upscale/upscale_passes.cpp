#include "upscale/upscale_passes.h"

#include <ATen/DeviceAccelerator.h>

#include <algorithm>
#include <cmath>
#include <exception>

#include "calotype/error.h"
#include "calotype/machine_memory.h"
#include "calotype/types/aten.h"
#include "calotype/types/torch_scope.h"

namespace calotype {

namespace {

constexpr std::size_t kMaxPasses = 3;
constexpr std::int64_t kOverlap = 32;
constexpr std::int64_t kMultiple = 4;  // the largest squares that a network makes channels of
constexpr std::int64_t kMinTile = 64;

std::int64_t tile_side(const Upscaler& upscaler, PictureSize size, double memory) {
  if (upscaler.tile() > 0) return upscaler.tile();
  const double pixels = memory / upscaler.bytes_per_pixel();
  if (static_cast<double>(size.height) * static_cast<double>(size.width) <= pixels) {
    return std::max(size.height, size.width);
  }
  return std::max(kMinTile, static_cast<std::int64_t>(std::sqrt(pixels)));
}

}  // namespace

std::vector<Tiling> plan_passes(const Upscaler& upscaler, PictureSize size, PictureSize wanted,
                                double memory) {
  std::vector<Tiling> passes;
  do {
    passes.emplace_back(
        size.height, size.width,
        TileOptions{
            .size = tile_side(upscaler, size, memory), .overlap = kOverlap, .multiple = kMultiple});
    size.height *= upscaler.scale();
    size.width *= upscaler.scale();
  } while (upscaler.scale() > 1 && passes.size() < kMaxPasses &&
           (size.height < wanted.height || size.width < wanted.width));
  return passes;
}

double working_memory(const Placement& placement) {
  if (!placement.device.is_cpu()) {
    return static_cast<double>(at::accelerator::getMemoryInfo(placement.device.index()).second) / 4;
  }
  return static_cast<double>(physical_memory()) / 4;
}

at::Tensor run_passes(const Upscaler& upscaler, const at::Tensor& pixels,
                      const std::vector<Tiling>& passes, RunContext& context) {
  std::size_t tiles = 0;
  for (const Tiling& pass : passes) tiles += pass.size();
  const std::int64_t steps = pixels.size(0) * static_cast<std::int64_t>(tiles);
  std::int64_t step = 0;
  const auto network = [&](const at::Tensor& tile) {
    context.check_cancelled();
    at::Tensor out = upscaler.upscale(tile);
    if (!at::isfinite(out).all().item<bool>()) {
      throw Error(ErrorCode::run, "the upscaled picture is not finite",
                  "load the upscaler with dtype float32");
    }
    context.progress(++step, steps);
    return out;
  };
  std::vector<at::Tensor> pictures;
  for (at::Tensor picture : pixels.split(1)) {
    for (const Tiling& pass : passes) {
      picture = by_tiles(picture, pass, upscaler.scale(), network).clamp_(0, 1);
    }
    pictures.push_back(std::move(picture));
  }
  return at::cat(pictures);
}

at::Tensor run_where_it_fits(const Upscaler& upscaler, const at::Tensor& pixels, PictureSize wanted,
                             double memory, RunContext& context) {
  const auto run = [&](double share) {
    const PictureSize from{pixels.size(2), pixels.size(3)};
    return run_passes(upscaler, pixels, plan_passes(upscaler, from, wanted, share), context);
  };
  try {
    return run(memory);
  } catch (const std::exception& e) {
    if (upscaler.tile() > 0 || !is_out_of_memory(e)) throw;
  }
  // Outside of the handler, so that what the first attempt made is gone.
  context.warn("there is no memory for tiles of this size: smaller ones are taken");
  return run(memory / 16);
}

}  // namespace calotype
