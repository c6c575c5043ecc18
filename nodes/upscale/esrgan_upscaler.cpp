#include "upscale/esrgan_upscaler.h"

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/lazy.h"
#include "layers/weights_view.h"
#include "upscale/compact_net.h"
#include "upscale/rrdb_net.h"

namespace calotype {

namespace {

std::int64_t squares(const RRDBConfig& c) { return c.unshuffle; }
std::int64_t squares(const CompactConfig&) { return 1; }
std::int64_t scale_of(const RRDBConfig& c) { return c.scale(); }
std::int64_t scale_of(const CompactConfig& c) { return c.scale; }

std::string name_of(const RRDBConfig& c) { return fmt::format("RRDBNet, {} blocks", c.blocks); }
std::string name_of(const CompactConfig& c) {
  return fmt::format("SRVGGNetCompact, {} convolutions", c.convs);
}

/// Numbers that live at once at the widest point, for each pixel of the input. RRDBNet: the last
/// doubling holds its input, the four results for each pixel and the picture made of them; before
/// it, a dense block holds what it has joined so far twice.
double live_numbers(const RRDBConfig& c) {
  const auto features = static_cast<double>(c.features), growth = static_cast<double>(c.growth);
  const auto large = static_cast<double>(std::int64_t{1} << (2 * c.doublings));
  const double doubling = c.doublings > 0 ? 2.25 * features * large : 2 * features;
  const double block = 2 * (features + 4 * growth) + 3 * features;
  return std::max(doubling, block) / static_cast<double>(c.unshuffle * c.unshuffle);
}
double live_numbers(const CompactConfig& c) {
  return 3 * static_cast<double>(std::max(c.features, 3 * c.scale * c.scale));
}

/// How many pixels must follow the last one so that the side is a multiple of `step`.
std::int64_t missing(std::int64_t side, std::int64_t step) { return (step - side % step) % step; }

/// `x` continued to the right and below. A side that is too short to be reflected is repeated.
at::Tensor continued(const at::Tensor& x, std::int64_t step) {
  const std::int64_t right = missing(x.size(3), step), below = missing(x.size(2), step);
  if (right == 0 && below == 0) return x;
  const std::array<std::int64_t, 4> by{0, right, 0, below};
  const bool reflect = right < x.size(3) && below < x.size(2);
  return reflect ? at::reflection_pad2d(x, by) : at::replication_pad2d(x, by);
}

template <class Network, class Config>
class EsrganUpscaler final : public Upscaler {
 public:
  EsrganUpscaler(std::shared_ptr<const Weights> weights, Placement placement, std::int64_t tile)
      : weights_(std::move(weights)),
        config_(Config::detect(*weights_)),
        placement_(placement),
        tile_(tile) {
    WeightReader check(*weights_, {c10::Device(c10::DeviceType::Meta), placement.dtype},
                       name_of(config_));
    [[maybe_unused]] const Network outline(check, config_);
    check.finish();
  }

  std::string architecture() const override { return name_of(config_); }
  std::int64_t scale() const override { return scale_of(config_); }
  Placement placement() const override { return placement_; }
  std::int64_t tile() const override { return tile_; }
  double bytes_per_pixel() const override {
    return live_numbers(config_) * static_cast<double>(c10::elementSize(placement_.dtype));
  }
  MemoryUse memory() const override { return memory_of(*weights_, placement_); }

  at::Tensor upscale(const at::Tensor& pixels) const override {
    const c10::InferenceMode guard;
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
      throw Error(ErrorCode::run,
                  "upscalers take pictures [B, 3, H, W], got " + c10::str(pixels.sizes()));
    }
    const auto network = network_.get(
        [&] { return build_network<Network>(*weights_, placement_, name_of(config_), config_); });
    std::vector<at::Tensor> out;
    for (const at::Tensor& picture : pixels.split(1)) {
      const at::Tensor x =
          continued(picture.to(placement_.device, placement_.dtype), squares(config_));
      out.push_back((*network)(x.contiguous(at::MemoryFormat::ChannelsLast))
                        .narrow(2, 0, pixels.size(2) * scale())
                        .narrow(3, 0, pixels.size(3) * scale())
                        .to(at::kFloat));
    }
    return at::cat(out).contiguous(at::MemoryFormat::Contiguous);
  }

 private:
  std::shared_ptr<const Weights> weights_;
  Config config_;
  Placement placement_;
  std::int64_t tile_;
  Lazy<Network> network_;
};

}  // namespace

UpscalerHandle make_esrgan_upscaler(const UpscalerWeights& file, Placement placement,
                                    std::int64_t tile) {
  if (file.kind == UpscalerKind::compact) {
    return std::make_shared<const EsrganUpscaler<CompactNet, CompactConfig>>(file.weights,
                                                                             placement, tile);
  }
  return std::make_shared<const EsrganUpscaler<RRDBNet, RRDBConfig>>(file.weights, placement, tile);
}

}  // namespace calotype
