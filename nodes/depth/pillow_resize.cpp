#include "depth/pillow_resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr int kPrecision = 22;
constexpr std::int64_t kHalf = std::int64_t{1} << (kPrecision - 1);

double triangle(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

/// Keys' cubic with a = -1/2.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

/// The inputs that one output is made of.
struct Window {
  std::int64_t first = 0;
  std::vector<std::int64_t> weights;
};

std::vector<Window> windows(std::int64_t in, std::int64_t out, PillowFilter filter) {
  const double ratio = static_cast<double>(in) / static_cast<double>(out);
  const double widening = std::max(ratio, 1.0);
  const double support = (filter == PillowFilter::bicubic ? 2.0 : 1.0) * widening;
  std::vector<Window> result(static_cast<std::size_t>(out));
  for (std::int64_t i = 0; i < out; ++i) {
    Window& window = result[static_cast<std::size_t>(i)];
    const double center = (static_cast<double>(i) + 0.5) * ratio;
    window.first = std::max<std::int64_t>(0, static_cast<std::int64_t>(center - support + 0.5));
    const auto end = std::min<std::int64_t>(in, static_cast<std::int64_t>(center + support + 0.5));
    std::vector<double> weights;
    double sum = 0.0;
    for (std::int64_t x = window.first; x < end; ++x) {
      const double at = (static_cast<double>(x) - center + 0.5) * (1.0 / widening);
      weights.push_back(filter == PillowFilter::bicubic ? cubic(at) : triangle(at));
      sum += weights.back();
    }
    for (const double w : weights) {
      const double scaled = (sum != 0.0 ? w / sum : w) * (1 << kPrecision);
      window.weights.push_back(static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5));
    }
  }
  return result;
}

/// Resizes the middle one of three dimensions.
at::Tensor resize_middle(const at::Tensor& x, std::int64_t out, PillowFilter filter) {
  const std::int64_t outer = x.size(0), in = x.size(1), inner = x.size(2);
  if (in == out) return x;
  const std::vector<Window> table = windows(in, out, filter);
  const at::Tensor source = x.contiguous();
  at::Tensor result = at::empty({outer, out, inner}, x.options());
  const auto* from = source.const_data_ptr<std::uint8_t>();
  auto* to = result.mutable_data_ptr<std::uint8_t>();
  std::vector<std::int64_t> sums(static_cast<std::size_t>(inner));
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t i = 0; i < out; ++i, to += inner) {
      const Window& window = table[static_cast<std::size_t>(i)];
      std::fill(sums.begin(), sums.end(), kHalf);
      const std::uint8_t* row = from + (o * in + window.first) * inner;
      for (const std::int64_t weight : window.weights) {
        for (std::int64_t k = 0; k < inner; ++k)
          sums[static_cast<std::size_t>(k)] += weight * row[k];
        row += inner;
      }
      std::transform(sums.begin(), sums.end(), to, [](std::int64_t sum) {
        return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> kPrecision, 0, 255));
      });
    }
  }
  return result;
}

}  // namespace

at::Tensor pillow_resize(const at::Tensor& pixels, std::int64_t height, std::int64_t width,
                         PillowFilter filter) {
  const std::int64_t channels = pixels.size(0);
  // Columns of all rows and channels are one dimension for the first pass, rows for the second.
  const at::Tensor wide =
      resize_middle(pixels.flatten(0, 1).unsqueeze(2).contiguous(), width, filter)
          .view({channels, pixels.size(1), width});
  return resize_middle(wide, height, filter);
}

}  // namespace calotype
