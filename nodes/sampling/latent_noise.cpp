#include "sampling/latent_noise.h"

#include <array>
#include <vector>

#include "calotype/types/aten.h"
#include "sampling/noise_stream.h"

namespace calotype {

namespace {

constexpr std::int64_t kLatentChannels = 4;
constexpr std::int64_t kDownscale = 8;
constexpr std::int64_t kMaxBatch = 4096;

/// Decoding is the widest point of a run. The last block of the decoder that has 256 channels
/// works at the full size of the picture and holds three such tensors (its input, the normalised
/// input and the result of a convolution) when it makes the first one of 128 channels; all are
/// float32.
constexpr double kDecoderBytesPerPixel = (3 * 256 + 128) * 4;

/// Of all images of the noise: [B, C, h, w].
std::vector<std::int64_t> shape_of(const LatentNoise::Inputs& in, const LatentNoise::Params& p) {
  if (!in.latent) return {p.batch, kLatentChannels, p.height / kDownscale, p.width / kDownscale};
  const at::Tensor& latent = in.latent->values;
  if (latent.dim() != 4 || latent.numel() == 0) {
    throw Error(ErrorCode::run,
                "the latent must have the shape [B, C, h, w], got " + c10::str(latent.sizes()));
  }
  return latent.sizes().vec();
}

}  // namespace

std::span<const std::pair<std::string_view, NoiseSource>> EnumNames<NoiseSource>::table() {
  static constexpr std::array<std::pair<std::string_view, NoiseSource>, 1> kTable{
      {{"cpu", NoiseSource::cpu}}};
  return kTable;
}

void LatentNoise::describe(Describe<LatentNoise>& d) {
  d.summary("Draw the noise that a picture starts from.");
  d.input("latent", &Inputs::latent,
          "Where size and number of the pictures come from; width, height and batch are then "
          "ignored.");
  d.param("width", &Params::width, "Width of the picture.")
      .range(8, 1048576)
      .multiple_of(8)
      .unit("px");
  d.param("height", &Params::height, "Height of the picture.")
      .range(8, 1048576)
      .multiple_of(8)
      .unit("px");
  d.param("batch", &Params::batch, "Number of pictures.").range(1, kMaxBatch).unit("pictures");
  d.param("seed", &Params::seed, "Seed of the first picture; the next ones use seed + 1, + 2, ...")
      .seed();
  d.param("source", &Params::source,
          "Where the noise is drawn: `cpu` gives the same numbers on every machine, those of "
          "torch.randn with a CPU generator.");
  d.output("noise", &Outputs::noise, "Noise of unit variance and the seeds to draw more of it.");
  d.memory({"width", "height", "batch"}, kDecoderBytesPerPixel);
}

LatentNoise::Outputs LatentNoise::run(const Inputs& in, const Params& p, RunContext&) {
  const std::vector<std::int64_t> shape = shape_of(in, p);
  Noise noise;
  noise.source = p.source;
  noise.seeds.reserve(static_cast<std::size_t>(shape[0]));
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    noise.seeds.push_back(p.seed + static_cast<std::uint64_t>(i));
  }
  noise.values = NoiseStream(noise.seeds, {shape.begin() + 1, shape.end()}).draw();
  return {std::move(noise)};
}

}  // namespace calotype
