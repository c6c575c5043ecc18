#include "upscale/low_res_condition.h"

#include <cmath>
#include <utility>
#include <vector>

#include "calotype/types/aten.h"
#include "sampling/noise_stream.h"

namespace calotype {

namespace {

constexpr std::int64_t kSteps = 1000;
constexpr std::int64_t kLatentChannels = 4;

/// How much of the picture is left after `level` + 1 steps: the product of 1 - beta, where the
/// roots of the betas lie evenly between those of 0.0001 and 0.02.
double picture_left(std::int64_t level) {
  const double first = std::sqrt(0.0001), last = std::sqrt(0.02);
  double left = 1;
  for (std::int64_t i = 0; i <= level; ++i) {
    const double root = first + (last - first) * static_cast<double>(i) / (kSteps - 1);
    left *= 1 - root * root;
  }
  return left;
}

}  // namespace

void LowResCondition::describe(Describe<LowResCondition>& d) {
  d.summary("Tell the x4 upscaler which picture to enlarge.");
  d.input("conditioning", &Inputs::conditioning, "What the picture shows, from TextEncode.");
  d.input("image", &Inputs::image, "The small picture.");
  d.param("noise_level", &Params::noise_level,
          "Noise put over the small picture, as a step of the schedule: more lets the model invent "
          "more. The model was trained with up to 350; 100 suits generated pictures.")
      .range(0, kSteps - 1);
  d.param("seed", &Params::seed,
          "Seed of that noise for the first picture; the next ones use seed + 1, + 2, ...")
      .seed();
  d.output("conditioning", &Outputs::conditioning,
           "For Sample; a negative conditioning takes picture and level from it.");
  d.output("latent", &Outputs::latent, "An empty latent of the right size, for LatentNoise.");
}

LowResCondition::Outputs LowResCondition::run(const Inputs& in, const Params& p, RunContext&) {
  const at::Tensor& pixels = in.image.pixels;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
    throw Error(ErrorCode::run,
                "the image must have the shape [B, 3, H, W], got " + c10::str(pixels.sizes()));
  }
  if (in.conditioning.channels.defined()) {
    throw Error(ErrorCode::run, "the conditioning has extra channels already",
                "connect the output of TextEncode");
  }
  const std::int64_t batch = pixels.size(0), height = pixels.size(2), width = pixels.size(3);
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < batch; ++i) {
    seeds.push_back(p.seed + static_cast<std::uint64_t>(i));
  }
  const at::Tensor noise = NoiseStream(seeds, {3, height, width}).draw();
  const double left = picture_left(p.noise_level);
  Outputs out{in.conditioning, {at::zeros({batch, kLatentChannels, height, width})}};
  out.conditioning.channels = pixels.to(at::kCPU, at::kFloat)
                                  .mul(2)
                                  .sub_(1)
                                  .mul_(std::sqrt(left))
                                  .add_(noise, std::sqrt(1 - left));
  out.conditioning.noise_level = p.noise_level;
  return out;
}

}  // namespace calotype
