#include "vae/tiled_vae.h"

#include <algorithm>
#include <exception>
#include <vector>

#include "calotype/types/aten.h"
#include "calotype/types/host_memory.h"
#include "calotype/types/torch_scope.h"
#include "pictures/tiles.h"

namespace calotype {

namespace {

bool fits(const Autoencoder& vae, std::int64_t height, std::int64_t width) {
  // How much a GPU has left is asked by trying.
  if (!vae.placement().device.is_cpu()) return true;
  const double pixels = static_cast<double>(height) * static_cast<double>(width);
  return pixels * vae.working_bytes_per_pixel() < 0.8 * free_host_memory();
}

/// Tiles of `size` pixels a side over a latent, overlapping by a quarter.
Tiling tiling_of(std::int64_t height, std::int64_t width, std::int64_t size,
                 std::int64_t downscale) {
  const std::int64_t side = std::max<std::int64_t>(size / downscale, 4);
  return {height, width, {.size = side, .overlap = side / 4}};
}

/// `whole` when `tile` is 0 and there is memory for it, else `tiled` with a tile size.
template <class Whole, class Tiled>
at::Tensor whole_or_tiled(bool fits, std::int64_t tile, RunContext& context, const Whole& whole,
                          const Tiled& tiled) {
  if (tile == 0 && fits) {
    try {
      return whole();
    } catch (const std::exception& e) {
      if (!is_out_of_memory(e)) throw;
      context.warn("the device has no memory for the whole picture: it is taken in tiles of " +
                   std::to_string(kVaeTile) + " pixels");
    }
  }
  return tiled(tile == 0 ? kVaeTile : tile);
}

class TileProgress {
 public:
  TileProgress(RunContext& context, std::size_t tiles)
      : context_(context), tiles_(static_cast<std::int64_t>(tiles)) {}
  void next() {
    context_.check_cancelled();
    context_.progress(done_++, tiles_);
  }

 private:
  RunContext& context_;
  std::int64_t tiles_;
  std::int64_t done_ = 0;
};

}  // namespace

at::Tensor decode_tiled(const Autoencoder& vae, const at::Tensor& latent, std::int64_t tile,
                        RunContext& context) {
  const std::int64_t n = vae.downscale();
  const std::int64_t height = latent.size(2), width = latent.size(3);
  return whole_or_tiled(
      fits(vae, height * n, width * n), tile, context, [&] { return vae.decode(latent); },
      [&](std::int64_t size) {
        const Tiling tiling = tiling_of(height, width, size, n);
        TileProgress progress(context, tiling.size());
        return by_tiles(latent, tiling, n, [&](const at::Tensor& part) {
          progress.next();
          return vae.decode(part);
        });
      });
}

LatentDistribution encode_tiled(const Autoencoder& vae, const at::Tensor& pixels, std::int64_t tile,
                                RunContext& context) {
  const std::int64_t n = vae.downscale();
  const std::int64_t height = pixels.size(2) / n, width = pixels.size(3) / n;
  const auto joined = [&](const at::Tensor& part) {
    const LatentDistribution latent = vae.encode_distribution(part);
    return at::cat({latent.mean, latent.deviation}, 1);
  };
  const at::Tensor both = whole_or_tiled(
      fits(vae, pixels.size(2), pixels.size(3)), tile, context, [&] { return joined(pixels); },
      [&](std::int64_t size) {
        const Tiling tiling = tiling_of(height, width, size, n);
        TileProgress progress(context, tiling.size());
        at::Tensor sum;
        for (std::size_t i = 0; i < tiling.size(); ++i) {
          progress.next();
          const Tile t = tiling[i];
          const at::Tensor part = joined(
              pixels.narrow(2, t.row * n, t.height * n).narrow(3, t.column * n, t.width * n));
          if (!sum.defined()) {
            sum = at::zeros({part.size(0), part.size(1), height, width}, part.options());
          }
          sum.narrow(2, t.row, t.height)
              .narrow(3, t.column, t.width)
              .add_(part * tiling.weights(i, 1).to(part.device()));
        }
        return sum;
      });
  const std::vector<at::Tensor> parts = both.chunk(2, 1);
  return {parts[0].contiguous(), parts[1].contiguous()};
}

}  // namespace calotype
