#include "sampling/latent_noise.h"

#include <array>
#include <vector>

#include "calotype/types/aten.h"
#include "sampling/noise_stream.h"

namespace calotype {

namespace {

constexpr std::int64_t kLatentChannels = 4;
constexpr std::int64_t kMaxBatch = 4096;

/// Decoding is cut into tiles where memory is short, so the widest point is a step of the UNet: the
/// feed-forward part of the first level of SD 1.x has 2560 and 1280 channels, beside 320 that it is
/// added to and three skip connections of 320. Of both sides of the guidance, in float32, for each
/// latent value of 8 x 8 pixels.
constexpr double kStepBytesPerPixel = 2 * (2560 + 1280 + 4 * 320) * 4 / 64.0;

std::vector<std::uint64_t> seeds_from(std::uint64_t first, std::int64_t count, std::uint64_t step) {
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < count; ++i) {
    seeds.push_back(first + step * static_cast<std::uint64_t>(i));
  }
  return seeds;
}

/// From `a` to `b` along the arc between them, each column of each channel by itself: the web UI
/// takes norms and angles along the height. Nearly parallel noise is mixed in a straight line.
at::Tensor slerp(const at::Tensor& a, const at::Tensor& b, double share) {
  constexpr std::int64_t kHeight = 2;
  constexpr double kNoTurn = 1e-6;
  const auto unit = [](const at::Tensor& t) {
    return t / at::linalg_vector_norm(t, 2, at::IntArrayRef{kHeight}, /*keepdim=*/true);
  };
  std::vector<at::Tensor> images;
  for (std::int64_t i = 0; i < a.size(0); ++i) {
    const at::Tensor from = a.narrow(0, i, 1);
    const at::Tensor to = b.narrow(0, i, 1);
    const at::Tensor cosine = (unit(from) * unit(to)).sum({kHeight}, true);
    if (cosine.mean().item<double>() > 0.9995) {
      images.push_back(from.lerp(to, share));
      continue;
    }
    const at::Tensor angle = at::acos(cosine);
    const at::Tensor sine = at::sin(angle);
    const at::Tensor turned =
        at::sin((1 - share) * angle) / sine * from + at::sin(share * angle) / sine * to;
    // Columns of one latent pixel have no angle but 0 and half a turn.
    images.push_back(at::where(sine.abs() < kNoTurn, from.lerp(to, share), turned));
  }
  return at::cat(images);
}

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
  static constexpr std::array<std::pair<std::string_view, NoiseSource>, 3> kTable{
      {{"cpu", NoiseSource::cpu},
       {"philox", NoiseSource::philox},
       {"device", NoiseSource::device}}};
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
          "torch.randn with a CPU generator; `philox` those of torch.randn on CUDA, on every "
          "machine too; `device` draws on the first CUDA device.");
  d.param("variation_seed", &Params::variation_seed,
          "Seed of the noise to turn towards; the next pictures use variation_seed + 1, + 2, ...");
  d.param("variation_strength", &Params::variation_strength,
          "How far: 0 is the noise of `seed`, 1 that of `variation_seed`. Above 0 all pictures of "
          "the batch share `seed`.")
      .range(0, 1);
  d.output("noise", &Outputs::noise, "Noise of unit variance and the seeds to draw more of it.");
  d.memory({"width", "height", "batch"}, kStepBytesPerPixel);
}

LatentNoise::Outputs LatentNoise::run(const Inputs& in, const Params& p, RunContext&) {
  const std::vector<std::int64_t> all = shape_of(in, p);
  const std::vector<std::int64_t> shape{all.begin() + 1, all.end()};
  const bool varied = p.variation_strength > 0;
  Noise noise;
  noise.source = p.source;
  noise.seeds = seeds_from(p.seed, all[0], varied ? 0 : 1);
  noise.values = NoiseStream(noise.seeds, shape, p.source).draw();
  if (varied) {
    const at::Tensor towards =
        NoiseStream(seeds_from(p.variation_seed, all[0], 1), shape, p.source).draw();
    noise.values = slerp(noise.values, towards, p.variation_strength);
  }
  return {std::move(noise)};
}

}  // namespace calotype
