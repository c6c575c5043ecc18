#include "calotype/weights_kind.h"

#include <algorithm>

namespace calotype {

namespace {

enum class NamePlace { begin, anywhere, whole };

struct NamedKind {
  std::string_view part;  ///< of the name of any tensor
  NamePlace place;
  WeightsKind kind;
};

constexpr std::string_view kFamilies = "this version computes Stable Diffusion 1.x, 2.x and XL";
constexpr std::string_view kUNetAlone = "to read a UNet alone, use LoadDenoiser";
constexpr WeightsKind kControlNet{"a ControlNet",
                                  "this version has no ControlNets; give a whole checkpoint", true};
constexpr WeightsKind kEmbedding{"an embedding of textual inversion",
                                 "this version reads no embeddings; give a whole checkpoint", true};

/// The first that fits counts: a checkpoint may have anything beside its own network, and a LoRA
/// has names of the network that it changes.
constexpr NamedKind kNamedKinds[] = {
    {"model.diffusion_model.out.2.", NamePlace::begin, {"a checkpoint or its UNet", kUNetAlone}},
    {"ip_adapter.",
     NamePlace::begin,
     {"an IP-Adapter", "this version has no IP-Adapters; give a whole checkpoint", true}},
    {"motion_modules.",
     NamePlace::anywhere,
     {"a motion module", "this version makes no videos; give a whole checkpoint", true}},
    {"controlnet", NamePlace::anywhere, kControlNet},
    {"input_hint_block.", NamePlace::begin, kControlNet},
    {"lora",
     NamePlace::anywhere,
     {"a LoRA", "this version applies no LoRAs; give the checkpoint that it is made for", true}},
    {"joint_blocks.", NamePlace::anywhere, {"an SD 3 model", kFamilies, true}},
    {"double_blocks.", NamePlace::anywhere, {"a Flux model", kFamilies, true}},
    {"transformer_blocks.",
     NamePlace::begin,
     {"a diffusion transformer, such as SD 3 or Flux", kFamilies, true}},
    {"input_blocks.0.0.weight", NamePlace::whole, {"a UNet alone", kUNetAlone}},
    {"conv_in.weight", NamePlace::whole, {"a UNet alone, of a diffusers folder", kUNetAlone}},
    {"model_ema.diffusion_model",
     NamePlace::begin,
     {"a checkpoint whose UNet has averaged weights alone",
      "give a copy that has its weights under model.diffusion_model", true}},
    {"control_model.", NamePlace::begin, kControlNet},
    {"string_to_param", NamePlace::begin, kEmbedding},
    {"emb_params", NamePlace::begin, kEmbedding},
    {"<", NamePlace::begin, kEmbedding},
    {"clip_l", NamePlace::whole, kEmbedding},
    {"clip_g", NamePlace::whole, kEmbedding},
    {"decoder.conv_in.", NamePlace::begin, {"a VAE alone", "to read a VAE alone, use LoadVAE"}},
    {"vision_model.",
     NamePlace::begin,
     {"an image encoder", "to read an image encoder, use LoadImageEncoder"}},
    {"text_model.", NamePlace::begin, {"a text encoder alone", "give a whole checkpoint"}}};

bool carries(const NamedKind& known, std::string_view name) {
  switch (known.place) {
    case NamePlace::whole:
      return name == known.part;
    case NamePlace::begin:
      return name.starts_with(known.part);
    case NamePlace::anywhere:
      break;
  }
  return name.find(known.part) != std::string_view::npos;
}

}  // namespace

WeightsKind recognise_weights(const TensorArchive& archive) {
  for (const NamedKind& known : kNamedKinds) {
    if (std::ranges::any_of(archive.tensors,
                            [&](const ArchiveTensor& t) { return carries(known, t.name); })) {
      return known.kind;
    }
  }
  return {};
}

}  // namespace calotype
