#include "calotype/types/testing.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype::kit {

namespace {

void check_test_size(std::int64_t width, std::int64_t height, std::int64_t count) {
  if (width >= 1 && height >= 1 && count >= 1) return;
  throw Error(ErrorCode::run,
              fmt::format("a test value was asked for with width {}, height {} and count {}: "
                          "expected at least 1 of each",
                          width, height, count));
}

std::string shape_text(const at::Tensor& t) {
  return fmt::format("[{}]", fmt::join(t.sizes().vec(), ", "));
}

/// Row-major position as indices: [0, 2, 5, 1].
std::string index_text(const at::Tensor& t, std::int64_t position) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(t.dim()));
  for (std::size_t d = index.size(); d-- > 0;) {
    const std::int64_t size = t.size(static_cast<std::int64_t>(d));
    index[d] = position % size;
    position /= size;
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

/// Integers keep all their digits.
std::string number_text(const at::Tensor& value) {
  if (value.is_floating_point()) return fmt::format("{}", value.item<double>());
  if (value.is_complex()) {
    const auto z = value.item<c10::complex<double>>();
    return fmt::format("{}{:+}i", z.real(), z.imag());
  }
  return fmt::format("{}", value.item<std::int64_t>());
}

/// True where the values are too far apart. Both are flat.
at::Tensor places_that_differ(const at::Tensor& got, const at::Tensor& expected, double absolute,
                              double relative) {
  // Without a tolerance nothing is converted, so that 64-bit integers keep their last digits.
  if (absolute == 0 && relative == 0) {
    const at::Tensor both_nan = got.ne(got).logical_and(expected.ne(expected));
    return got.ne(expected).logical_and(both_nan.logical_not());
  }
  if (got.is_complex()) {
    return at::isclose(got, expected, relative, absolute, true).logical_not();
  }
  return at::isclose(got.to(at::kDouble), expected.to(at::kDouble), relative, absolute, true)
      .logical_not();
}

/// |got - expected|; an infinity or NaN on one side only counts as infinitely far.
at::Tensor distances(const at::Tensor& got, const at::Tensor& expected) {
  const auto wide = [](const at::Tensor& t) {
    if (t.is_complex()) return t.to(at::kComplexDouble);
    return t.to(t.is_floating_point() ? at::kDouble : at::kLong);
  };
  return (wide(got) - wide(expected)).abs().nan_to_num(INFINITY, INFINITY, INFINITY);
}

}  // namespace

Image gradient_image(std::int64_t width, std::int64_t height, std::int64_t count) {
  check_test_size(width, height, count);
  const auto ramp = [](std::int64_t n) { return at::arange(n, at::kFloat) / std::max(n - 1, 1L); };
  at::Tensor pixels = at::empty({count, 3, height, width}, at::kFloat);
  pixels.select(1, 0).copy_(ramp(width).view({1, 1, width}));
  pixels.select(1, 1).copy_(ramp(height).view({1, height, 1}));
  pixels.select(1, 2).copy_(
      (at::arange(1, count + 1, at::kFloat) / static_cast<double>(count + 1)).view({count, 1, 1}));
  return {pixels};
}

Image noise_image(std::int64_t width, std::int64_t height, std::uint64_t seed, std::int64_t count) {
  check_test_size(width, height, count);
  return {at::rand({count, 3, height, width}, at::detail::createCPUGenerator(seed), at::kFloat)};
}

Mask box_mask(std::int64_t width, std::int64_t height, const Region& box) {
  check_test_size(width, height, 1);
  at::Tensor alpha = at::zeros({1, 1, height, width}, at::kFloat);
  const auto within = [](std::int64_t at, std::int64_t end) {
    return std::clamp<std::int64_t>(at, 0, end);
  };
  const std::int64_t left = within(box.left, width);
  const std::int64_t top = within(box.top, height);
  alpha.slice(2, top, std::max(top, within(box.top + box.height, height)))
      .slice(3, left, std::max(left, within(box.left + box.width, width)))
      .fill_(1);
  return {alpha};
}

Latent noise_latent(std::int64_t width, std::int64_t height, std::uint64_t seed,
                    std::int64_t channels, std::int64_t count) {
  check_test_size(width, height, std::min(channels, count));
  if (width % kDownscale != 0 || height % kDownscale != 0) {
    throw Error(ErrorCode::run,
                fmt::format("a test latent was asked for with {} x {} px: expected multiples of {}",
                            width, height, kDownscale));
  }
  return {at::randn({count, channels, height / kDownscale, width / kDownscale},
                    at::detail::createCPUGenerator(seed), at::kFloat)};
}

std::string difference(const at::Tensor& got, const at::Tensor& expected, double absolute,
                       double relative) {
  if (!got.defined() && !expected.defined()) return {};
  if (!got.defined()) return fmt::format("expected shape {}, got no tensor", shape_text(expected));
  if (!expected.defined()) return fmt::format("expected no tensor, got shape {}", shape_text(got));
  if (got.sizes() != expected.sizes()) {
    return fmt::format("expected shape {}, got {}", shape_text(expected), shape_text(got));
  }
  if (got.scalar_type() != expected.scalar_type()) {
    return fmt::format("expected type {}, got {}", c10::toString(expected.scalar_type()),
                       c10::toString(got.scalar_type()));
  }
  const at::Tensor a = got.detach().cpu().reshape({-1});
  const at::Tensor b = expected.detach().cpu().reshape({-1});
  const at::Tensor where = places_that_differ(a, b, absolute, relative).nonzero().reshape({-1});
  if (where.numel() == 0) return {};
  const std::int64_t first = where[0].item<std::int64_t>();
  const at::Tensor far = distances(a, b).index_select(0, where);
  const std::int64_t farthest = far.argmax().item<std::int64_t>();
  return fmt::format(
      "differs first at {}: expected {}, got {}; {} of {} values differ, the largest difference is "
      "{} at {}",
      index_text(got, first), number_text(b[first]), number_text(a[first]), where.numel(),
      a.numel(), far[farthest].item<double>(),
      index_text(got, where[farthest].item<std::int64_t>()));
}

}  // namespace calotype::kit
