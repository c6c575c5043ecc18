#include "sampling/tiled_denoiser.h"

#include <utility>

#include "calotype/types/aten.h"
#include "pictures/tiles.h"

namespace calotype {

namespace {

/// Networks halve their input three times.
constexpr std::int64_t kMultiple = 8;

class TiledRun final : public DenoiserRun {
 public:
  TiledRun(std::unique_ptr<DenoiserRun> run, std::int64_t tile,
           const std::function<void()>& before_tile)
      : run_(std::move(run)),
        options_{.size = tile, .overlap = tile / 4, .multiple = kMultiple},
        before_tile_(before_tile) {}

  at::Tensor predict(const at::Tensor& x, const at::Tensor& timesteps) override {
    const Tiling tiling(x.size(2), x.size(3), options_);
    return by_tiles(x, tiling, 1, [&](const at::Tensor& tile) {
      before_tile_();
      return run_->predict(tile, timesteps);
    });
  }

 private:
  std::unique_ptr<DenoiserRun> run_;
  TileOptions options_;
  const std::function<void()>& before_tile_;
};

}  // namespace

std::unique_ptr<DenoiserRun> TiledDenoiser::begin(const DenoiserInput& input) const {
  return std::make_unique<TiledRun>(model_->begin(input), tile_, before_tile_);
}

}  // namespace calotype
