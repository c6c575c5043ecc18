#include "checkpoint/checkpoint_family.h"

#include <fmt/format.h>

#include "calotype/error.h"

namespace calotype {

namespace {

/// 0 when there is no cross-attention.
std::int64_t context_width(const Weights& unet) {
  for (const std::string& name : unet.names()) {
    if (!name.ends_with(".attn2.to_k.weight")) continue;
    const auto& shape = *unet.shape(name);
    return shape.size() < 2 ? 0 : shape[1];
  }
  return 0;
}

bool has_label_embedding(const Weights& unet) {
  for (const std::string& name : unet.names()) {
    if (name.starts_with("label_emb.")) return true;
  }
  return false;
}

std::string with_channels(std::string family, std::int64_t channels) {
  switch (channels) {
    case 4:
      return family;
    case 5:
      return family + " depth";
    case 8:
      return family + " InstructPix2Pix";
    case 9:
      return family + " inpainting";
    default:
      return fmt::format("{} with {} input channels", family, channels);
  }
}

}  // namespace

std::span<const std::pair<std::string_view, FamilyChoice>> EnumNames<FamilyChoice>::table() {
  static constexpr std::pair<std::string_view, FamilyChoice> kTable[] = {
      {"auto", FamilyChoice::automatic}, {"sd1", FamilyChoice::sd1}};
  return kTable;
}

std::string recognise_unet(const Weights& unet) {
  const auto* first = unet.shape("input_blocks.0.0.weight");
  if (!first || first->size() != 4) return "a network that is no Stable Diffusion UNet";
  const std::int64_t channels = (*first)[1];
  const std::int64_t context = context_width(unet);
  if (has_label_embedding(unet)) {
    if (context == 2048) return with_channels(channels == 4 ? "SDXL base" : "SDXL", channels);
    if (context == 1280) return "SDXL refiner";
    if (channels == 7) return "the x4 upscaler";
    return "SD 2.x unCLIP";
  }
  if (context == 0) return "a UNet without text context";
  return with_channels(context == 1024 ? "SD 2.x" : "SD 1.x", channels);
}

void require_sd1(const Weights& unet) {
  const std::string found = recognise_unet(unet);
  if (found == "SD 1.x") return;
  throw Error(ErrorCode::io,
              unet.origin() + ": found " + found + ", this version reads SD 1.x text-to-image",
              "use a model of the SD 1.x family; set family to \"sd1\" if it is one");
}

}  // namespace calotype
