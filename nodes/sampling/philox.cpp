#include "sampling/philox.h"

#include <array>
#include <cmath>
#include <numbers>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

using Words = std::array<std::uint32_t, 4>;

Words philox(Words counter, std::uint64_t seed) {
  std::uint32_t low = static_cast<std::uint32_t>(seed);
  std::uint32_t high = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ low, static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ high, static_cast<std::uint32_t>(a)};
    low += 0x9E3779B9;
    high += 0xBB67AE85;
  }
  return counter;
}

/// One normal number from two words, which are taken as the middles of 2^32 intervals.
float normal(std::uint32_t x, std::uint32_t y) {
  constexpr double kInterval = 0x1p-32;
  const double u = (x + 0.5) * kInterval;
  const double angle = (y + 0.5) * kInterval * 2 * std::numbers::pi;
  return static_cast<float>(std::sqrt(-2 * std::log(u)) * std::sin(angle));
}

}  // namespace

at::Tensor Philox::randn(const std::vector<std::int64_t>& shape) {
  at::Tensor out = at::empty(shape, at::kFloat);
  auto* values = out.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) {
    const Words words = philox({calls_, 0, static_cast<std::uint32_t>(i), 0}, seed_);
    values[i] = normal(words[0], words[1]);
  }
  ++calls_;
  return out;
}

}  // namespace calotype
