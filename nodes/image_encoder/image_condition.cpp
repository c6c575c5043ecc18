#include "image_encoder/image_condition.h"

#include <vector>

#include "calotype/types/aten.h"
#include "image_encoder/noised_embedding.h"
#include "sampling/noise_stream.h"

namespace calotype {

void ImageCondition::describe(Describe<ImageCondition>& d) {
  d.summary("Tells an unCLIP model what a picture shows.");
  d.input("conditioning", &Inputs::conditioning, "The text, from TextEncode.");
  d.input("image", &Inputs::image,
          "The picture to vary; any size, seen as a square of 224 pixels.");
  d.input("image_encoder", &Inputs::image_encoder, "From LoadImageEncoder.");
  d.param("noise_level", &Params::noise_level,
          "Noise added to what the model knows of the picture: 0 stays closest to it.")
      .range(0, static_cast<double>(kEmbeddingNoiseLevels - 1));
  d.param("seed", &Params::seed, "Seed of that noise; picture i of a batch uses seed + i.").seed();
  d.output("conditioning", &Outputs::conditioning,
           "For the positive side; the negative side needs none.");
  d.lane(Lane::device);
}

ImageCondition::Outputs ImageCondition::run(const Inputs& in, const Params& p, RunContext&) {
  const ImageEncoder& encoder = *in.image_encoder;
  const at::Tensor embedding = encoder.encode(in.image.pixels).cpu();
  std::vector<std::uint64_t> seeds;
  for (std::int64_t i = 0; i < embedding.size(0); ++i) {
    seeds.push_back(p.seed + static_cast<std::uint64_t>(i));
  }
  const at::Tensor noise = NoiseStream(seeds, {embedding.size(1)}).draw();
  Outputs out{in.conditioning};
  out.conditioning.vector = noised_embedding(embedding, encoder.statistics(), p.noise_level, noise);
  return out;
}

}  // namespace calotype
