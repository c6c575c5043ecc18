#pragma once
#include <limits>
#include <vector>

#include "calotype/types/aten.h"
#include "calotype/types/models.h"

namespace calotype::test {

/// Repeats every latent number over 8 x 8 pixels, and takes means the other way. The deviation is
/// 0.25 everywhere.
class BlockAutoencoder final : public Autoencoder {
 public:
  explicit BlockAutoencoder(bool broken = false, double bytes_per_pixel = 0)
      : broken_(broken), bytes_per_pixel_(bytes_per_pixel) {}
  std::int64_t downscale() const override { return 8; }
  std::int64_t latent_channels() const override { return 4; }
  double scaling_factor() const override { return 0.5; }
  Placement placement() const override { return {}; }
  MemoryUse memory() const override { return {}; }
  double working_bytes_per_pixel() const override { return bytes_per_pixel_; }
  mutable int calls = 0;  ///< of encode and decode
  at::Tensor encode(const at::Tensor& pixels) const override {
    ++calls;
    const at::Tensor means = at::avg_pool2d(pixels, 8);
    return spoil(at::cat({means, means.mean({1}, true)}, 1));
  }
  at::Tensor decode(const at::Tensor& latent) const override {
    ++calls;
    const std::vector<std::int64_t> size{latent.size(2) * 8, latent.size(3) * 8};
    return spoil(at::upsample_nearest2d(latent.narrow(1, 0, 3), size));
  }

  LatentDistribution encode_distribution(const at::Tensor& pixels) const override {
    const at::Tensor mean = encode(pixels);
    return {mean, at::full_like(mean, 0.25)};
  }

 private:
  at::Tensor spoil(const at::Tensor& x) const {
    return broken_ ? at::full_like(x, std::numeric_limits<double>::infinity()) : x;
  }
  bool broken_;
  double bytes_per_pixel_;
};

}  // namespace calotype::test
