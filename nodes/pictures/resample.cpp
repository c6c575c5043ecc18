#include "pictures/resample.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/parallel.h"
#include "pictures/require_memory.h"

namespace calotype {

namespace {

/// Of the result and of the copy that whoever asked makes of it: clamped, or cropped.
constexpr double kBytesPerValue = 2 * sizeof(float);

struct Filter {
  double support;
  double (*at)(double);
};

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

/// Keys, "Cubic convolution interpolation for digital image processing", 1981.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

double sinc(double x) {
  if (x == 0) return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) { return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0; }

/// How each pixel of the new side is made: a weighted sum of neighbouring pixels of the old one.
struct Taps {
  struct Pixel {
    std::int64_t first = 0;      ///< index in the old side
    std::vector<float> weights;  ///< of `first` and the pixels after it; sum 1
  };
  std::vector<Pixel> pixels;
};

Taps nearest_taps(std::int64_t from, std::int64_t to) {
  Taps taps;
  for (std::int64_t i = 0; i < to; ++i)
    taps.pixels.push_back({(2 * i + 1) * from / (2 * to), {1.0F}});
  return taps;
}

Taps area_taps(std::int64_t from, std::int64_t to) {
  Taps taps;
  for (std::int64_t i = 0; i < to; ++i) {
    const std::int64_t first = i * from / to;
    const std::int64_t last = ((i + 1) * from + to - 1) / to;
    const auto count = static_cast<std::size_t>(last - first);
    taps.pixels.push_back({first, std::vector<float>(count, 1.0F / static_cast<float>(count))});
  }
  return taps;
}

Taps filter_taps(std::int64_t from, std::int64_t to, const Filter& filter) {
  Taps taps;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double widening = std::max(1.0, scale);
  const double support = filter.support * widening;
  for (std::int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(centre - support + 0.5));
    const auto last = std::min(from, static_cast<std::int64_t>(centre + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (std::int64_t x = first; x < last; ++x) {
      weights.push_back(filter.at((static_cast<double>(x) - centre + 0.5) / widening));
      sum += weights.back();
    }
    Taps::Pixel pixel{first, {}};
    for (const double weight : weights) pixel.weights.push_back(static_cast<float>(weight / sum));
    taps.pixels.push_back(std::move(pixel));
  }
  return taps;
}

Taps make_taps(std::int64_t from, std::int64_t to, ResampleMethod method) {
  switch (method) {
    case ResampleMethod::nearest:
      return nearest_taps(from, to);
    case ResampleMethod::area:
      return area_taps(from, to);
    case ResampleMethod::bilinear:
      return filter_taps(from, to, {1, triangle});
    case ResampleMethod::bicubic:
      return filter_taps(from, to, {2, cubic});
    case ResampleMethod::lanczos:
      break;
  }
  return filter_taps(from, to, {3, lanczos});
}

/// [N, H, W] to [N, H, new W].
at::Tensor along_width(const at::Tensor& maps, const Taps& taps) {
  const std::int64_t rows = maps.size(0) * maps.size(1), width = maps.size(2);
  const auto new_width = static_cast<std::int64_t>(taps.pixels.size());
  at::Tensor out = at::empty({maps.size(0), maps.size(1), new_width}, at::kFloat);
  const float* source = maps.const_data_ptr<float>();
  float* target = out.mutable_data_ptr<float>();
  parallel_tasks(rows, [&](std::int64_t row) {
    const float* from = source + row * width;
    float* to = target + row * new_width;
    for (const Taps::Pixel& pixel : taps.pixels) {
      const float* x = from + pixel.first;
      float sum = 0;
      for (const float weight : pixel.weights) sum += weight * *x++;
      *to++ = sum;
    }
  });
  return out;
}

/// [N, H, W] to [N, new H, W].
at::Tensor along_height(const at::Tensor& maps, const Taps& taps) {
  const std::int64_t height = maps.size(1), width = maps.size(2);
  const auto new_height = static_cast<std::int64_t>(taps.pixels.size());
  at::Tensor out = at::empty({maps.size(0), new_height, width}, at::kFloat);
  const float* source = maps.const_data_ptr<float>();
  float* target = out.mutable_data_ptr<float>();
  parallel_tasks(maps.size(0) * new_height, [&](std::int64_t row) {
    const Taps::Pixel& pixel = taps.pixels[static_cast<std::size_t>(row % new_height)];
    const float* from = source + (row / new_height * height + pixel.first) * width;
    float* to = target + row * width;
    std::fill_n(to, width, 0.0F);
    for (const float weight : pixel.weights) {
      for (std::int64_t x = 0; x < width; ++x) to[x] += weight * from[x];
      from += width;
    }
  });
  return out;
}

}  // namespace

std::span<const std::pair<std::string_view, ResampleMethod>> EnumNames<ResampleMethod>::table() {
  static constexpr std::array<std::pair<std::string_view, ResampleMethod>, 5> kTable{
      {{"nearest", ResampleMethod::nearest},
       {"bilinear", ResampleMethod::bilinear},
       {"bicubic", ResampleMethod::bicubic},
       {"area", ResampleMethod::area},
       {"lanczos", ResampleMethod::lanczos}}};
  return kTable;
}

at::Tensor resample(const at::Tensor& maps, std::int64_t height, std::int64_t width,
                    ResampleMethod method) {
  if (maps.dim() != 4 || maps.numel() == 0 || !at::isFloatingType(maps.scalar_type())) {
    throw Error(ErrorCode::run, "resampling takes floating point maps [B, C, H, W], got " +
                                    c10::str(maps.scalar_type()) + " " + c10::str(maps.sizes()));
  }
  if (height < 1 || width < 1) {
    throw Error(ErrorCode::run, "pictures have at least 1 x 1 pixels, asked for " +
                                    std::to_string(width) + " x " + std::to_string(height));
  }
  if (height == maps.size(2) && width == maps.size(3)) return maps.to(at::kFloat);
  require_memory(maps.size(0), height, width, kBytesPerValue * static_cast<double>(maps.size(1)));
  at::Tensor x = maps.to(at::kCPU, at::kFloat).contiguous().flatten(0, 1);
  if (width != x.size(2)) x = along_width(x, make_taps(x.size(2), width, method));
  if (height != x.size(1)) x = along_height(x, make_taps(x.size(1), height, method));
  return x.reshape({maps.size(0), maps.size(1), height, width}).to(maps.device());
}

}  // namespace calotype
