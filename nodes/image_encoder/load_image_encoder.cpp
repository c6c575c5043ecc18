#include "image_encoder/load_image_encoder.h"

#include "image_encoder/clip_image_encoder.h"
#include "image_encoder/image_encoder_parts.h"

namespace calotype {

void LoadImageEncoder::describe(Describe<LoadImageEncoder>& d) {
  d.summary("Opens the image half of CLIP, for ImageCondition.");
  d.param("path", &Params::path,
          "A stable unCLIP checkpoint in one file, or a folder saved by diffusers or by "
          "transformers with CLIP's image encoder.")
      .required()
      .file();
  d.param("dtype", &Params::dtype,
          "Number format to compute in. auto: float32 on the CPU, float16 on CUDA.");
  d.param("device", &Params::device, "auto, cpu, cuda or cuda:N. auto: CUDA when there is one.");
  d.param("statistics", &Params::statistics,
          "A file with the mean and the deviation of image embeddings, for checkpoints that do not "
          "hold them: Karlo's ViT-L-14_stats.th goes with unCLIP L.")
      .file();
  d.output("image_encoder", &Outputs::image_encoder, "For ImageCondition.");
  d.lane(Lane::io);
}

LoadImageEncoder::Outputs LoadImageEncoder::run(const Inputs&, const Params& p, RunContext&) {
  const Placement placement =
      resolve_placement(p.device, p.dtype, ModelRole::image_encoder, this_machine());
  ImageEncoderParts parts = open_image_encoder(p.path);
  if (p.statistics) parts.statistics = open_embedding_statistics(*p.statistics);
  return {make_clip_image_encoder(parts.weights, placement, parts.rules, parts.statistics)};
}

}  // namespace calotype
