#include "upscale/upscale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calotype/types/aten.h"
#include "pictures/require_memory.h"
#include "upscale/upscale_passes.h"

namespace calotype {

namespace {

constexpr double kDefaultScale = 2;
constexpr double kMaxSide = 1048576;
constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
constexpr const char* kSmaller = "choose a smaller scale or size";

/// What the network makes of each picture, and of all of them together: three float32 colours.
constexpr double kBytesPerPixel = 2 * 3 * 4;

std::int64_t scaled(std::int64_t side, double scale) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(side) * scale));
}

PictureSize wanted_size(const Upscale::Params& p, PictureSize from) {
  if (!p.width && !p.height) {
    const double scale = p.scale.value_or(kDefaultScale);
    return {scaled(from.height, scale), scaled(from.width, scale)};
  }
  if (p.scale) {
    throw Error(ErrorCode::run, "scale and a size are given, and only one of them can hold",
                "leave out scale, or width and height");
  }
  if (p.width && p.height) return {*p.height, *p.width};
  const auto height = static_cast<double>(from.height), width = static_cast<double>(from.width);
  if (p.width) return {scaled(from.height, static_cast<double>(*p.width) / width), *p.width};
  return {*p.height, scaled(from.width, static_cast<double>(*p.height) / height)};
}

void check_size(const char* what, std::int64_t height, std::int64_t width) {
  if (height <= kMaxPixels / width) return;
  throw Error(ErrorCode::run,
              fmt::format("the {} would have {} x {} px; pictures of at most {} px are made", what,
                          width, height, kMaxPixels),
              kSmaller);
}

}  // namespace

void Upscale::describe(Describe<Upscale>& d) {
  d.summary("Give pictures another size, by a network or by a filter.");
  d.input("image", &Inputs::image, "RGB pictures, values 0..1.");
  d.input("upscaler", &Inputs::upscaler,
          "Network to enlarge with, applied until the size is reached, three times at most; the "
          "filter alone when absent.");
  d.param("scale", &Params::scale,
          "Factor for both sides, rounded to whole pixels; 2 when no size is given.")
      .range(0.001, 1024);
  d.param("width", &Params::width, "New width; follows height when only that is given.")
      .range(1, kMaxSide)
      .unit("px");
  d.param("height", &Params::height, "New height; follows width when only that is given.")
      .range(1, kMaxSide)
      .unit("px");
  d.param("method", &Params::method,
          "Filter: widened when the picture shrinks, so that nothing aliases. With an upscaler it "
          "makes the exact size from what the network made.");
  d.output("image", &Outputs::image, "The pictures in their new size, values 0..1.");
  d.lane(Lane::device);
}

Upscale::Outputs Upscale::run(const Inputs& in, const Params& p, RunContext& context) {
  at::Tensor pixels = in.image.pixels;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
    throw Error(ErrorCode::run,
                "the image must have the shape [B, 3, H, W], got " + c10::str(pixels.sizes()));
  }
  const PictureSize from{pixels.size(2), pixels.size(3)};
  const PictureSize wanted = wanted_size(p, from);
  check_size("picture", wanted.height, wanted.width);
  context.check_cancelled();
  if (in.upscaler) {
    const Upscaler& upscaler = **in.upscaler;
    const double memory = working_memory(upscaler.placement());
    const auto passes = plan_passes(upscaler, from, wanted, memory);
    PictureSize made = from;
    for (std::size_t i = 0; i < passes.size(); ++i) {
      made = {made.height * upscaler.scale(), made.width * upscaler.scale()};
      check_size("network's picture", made.height, made.width);
    }
    if (upscaler.placement().device.is_cpu()) {
      require_memory(pixels.size(0), made.height, made.width, kBytesPerPixel, kSmaller);
    }
    pixels = run_where_it_fits(upscaler, pixels, wanted, memory, context);
  }
  return {{resample(pixels, wanted.height, wanted.width, p.method).clamp(0, 1)}};
}

}  // namespace calotype
