#include "calotype/model_family.h"

#include <fmt/format.h>

namespace calotype {

namespace {

constexpr std::int64_t kMaxBlocks = 128;

bool has_transformer(const ShapeOf& shape, std::int64_t block) {
  return shape(fmt::format("input_blocks.{}.1.proj_in.weight", block)) != nullptr;
}

/// Whether the last block on the way down, which is of the last level, has a transformer.
bool last_level_has_transformer(const ShapeOf& shape) {
  bool last = false;
  for (std::int64_t n = 1; n < kMaxBlocks; ++n) {
    const bool is_res_block = shape(fmt::format("input_blocks.{}.0.in_layers.2.weight", n));
    if (!is_res_block && !shape(fmt::format("input_blocks.{}.0.op.weight", n))) break;
    last = has_transformer(shape, n);
  }
  return last;
}

ModelFamily family_of(const ShapeOf& shape) {
  if (shape("label_emb.weight")) return ModelFamily::x4_upscaler;
  if (shape("label_emb.0.0.weight")) {
    if (has_transformer(shape, 1)) return ModelFamily::unclip;
    return last_level_has_transformer(shape) ? ModelFamily::sdxl : ModelFamily::sdxl_refiner;
  }
  const auto* projection = shape("middle_block.1.proj_in.weight");
  return projection && projection->size() == 2 ? ModelFamily::sd2 : ModelFamily::sd1;
}

std::string with_channels(std::string name, std::int64_t channels) {
  switch (channels) {
    case 4:
      return name;
    case 5:
      return name + " depth";
    case 8:
      return name + " InstructPix2Pix";
    case 9:
      return name + " inpainting";
    default:
      return fmt::format("{} with {} input channels", name, channels);
  }
}

}  // namespace

std::optional<ModelKind> recognise_unet(const ShapeOf& shape) {
  const auto* first = shape("input_blocks.0.0.weight");
  if (!first || first->size() != 4 || !shape("middle_block.1.proj_in.weight")) return std::nullopt;
  return ModelKind{family_of(shape), (*first)[1]};
}

std::string to_text(const ModelKind& kind) {
  switch (kind.family) {
    case ModelFamily::sd1:
      return with_channels("SD 1.x", kind.in_channels);
    case ModelFamily::sd2:
      return with_channels("SD 2.x", kind.in_channels);
    case ModelFamily::unclip:
      return with_channels("SD 2.x unCLIP", kind.in_channels);
    case ModelFamily::x4_upscaler:
      return "the x4 upscaler";
    case ModelFamily::sdxl:
      return with_channels(kind.in_channels == 4 ? "SDXL base" : "SDXL", kind.in_channels);
    case ModelFamily::sdxl_refiner:
      return with_channels("SDXL refiner", kind.in_channels);
  }
  return {};
}

}  // namespace calotype
