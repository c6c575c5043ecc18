#include "image_encoder/clip_vision_model.h"

#include <fmt/format.h>

#include <cmath>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxLayers = 128;
constexpr std::int64_t kMaxWidth = 8192;
constexpr std::int64_t kMaxSide = 4096;

[[noreturn]] void fail(const Weights& weights, const std::string& what) {
  throw Error(ErrorCode::io, {{.file = weights.origin(), .what = "image encoder: " + what}});
}

const std::vector<std::int64_t>& shape_of(const Weights& weights, const std::string& name,
                                          std::size_t dimensions) {
  const auto* shape = weights.shape(name);
  if (!shape) fail(weights, fmt::format("there is no tensor {}", quote(name)));
  if (shape->size() != dimensions) {
    fail(weights, fmt::format("tensor {} has {} dimensions, not {}", quote(name), shape->size(),
                              dimensions));
  }
  return *shape;
}

struct Names {
  std::string patches, class_token, positions, norm_before, block, norm_after, projection;
};

const Names& names_of(ClipLayout layout) {
  // "layrnorm" is how the files spell it.
  static const Names transformers{"vision_model.embeddings.patch_embedding",
                                  "vision_model.embeddings.class_embedding",
                                  "vision_model.embeddings.position_embedding.weight",
                                  "vision_model.pre_layrnorm",
                                  "vision_model.encoder.layers.",
                                  "vision_model.post_layernorm",
                                  "visual_projection"};
  static const Names open_clip{
      "visual.conv1",  "visual.class_embedding",        "visual.positional_embedding",
      "visual.ln_pre", "visual.transformer.resblocks.", "visual.ln_post",
      "visual.proj"};
  return layout == ClipLayout::open_clip ? open_clip : transformers;
}

void check(const Weights& weights, const ClipVisionConfig& config, std::int64_t positions) {
  const auto require = [&](std::int64_t value, std::int64_t limit, const char* what) {
    if (value < 1 || value > limit) {
      fail(weights, fmt::format("{} {} is out of range 1..{}", what, value, limit));
    }
  };
  require(config.width, kMaxWidth, "width");
  require(config.heads, config.width, "number of heads");
  require(config.layers, kMaxLayers, "number of layers");
  require(config.patch, kMaxSide, "patch side");
  const std::int64_t across = config.side / config.patch;
  if (config.side > kMaxSide || across * across + 1 != positions) {
    fail(weights, fmt::format("{} positions are not those of a class token and a square of patches",
                              positions));
  }
  if (config.width % config.heads != 0) {
    fail(weights,
         fmt::format("width {} does not divide into {} heads", config.width, config.heads));
  }
}

std::int64_t usual_heads(std::int64_t width) {
  if (width >= 1024) return 16;
  return width < 64 ? 1 : width / 64;
}

/// The convolution over patches that do not overlap, as a matrix [width, 3 patch^2].
Linear patch_layer(WeightReader& reader, const ClipVisionConfig& config) {
  const at::Tensor weight = reader.take(names_of(config.layout).patches + ".weight",
                                        {config.width, 3, config.patch, config.patch});
  return {weight.reshape({config.width, -1}), at::Tensor(), reader.placement()};
}

}  // namespace

ClipVisionConfig ClipVisionConfig::detect(const Weights& weights, const ClipVisionRules& rules) {
  ClipVisionConfig config;
  config.activation = rules.activation;
  const bool open_clip = weights.shape(names_of(ClipLayout::open_clip).class_token) != nullptr;
  config.layout = open_clip ? ClipLayout::open_clip : ClipLayout::transformers;
  const Names& names = names_of(config.layout);
  const std::string patch_weight = names.patches + ".weight";
  const auto& patches = shape_of(weights, patch_weight, 4);
  config.width = patches[0];
  config.patch = patches[2];
  config.heads = rules.heads != 0 ? rules.heads : usual_heads(config.width);
  const std::int64_t positions = shape_of(weights, names.positions, 2)[0];
  config.side = config.patch * std::llround(std::sqrt(static_cast<double>(positions - 1)));
  const char* norm = open_clip ? "ln_1" : "layer_norm1";
  config.layers = 0;
  while (config.layers < kMaxLayers &&
         weights.shape(fmt::format("{}{}.{}.weight", names.block, config.layers, norm))) {
    ++config.layers;
  }
  check(weights, config, positions);
  const char* fc1 = open_clip ? "mlp.c_fc" : "mlp.fc1";
  config.mlp_width = shape_of(weights, fmt::format("{}0.{}.weight", names.block, fc1), 2)[0];
  config.projection = open_clip ? shape_of(weights, names.projection, 2)[1]
                                : shape_of(weights, names.projection + ".weight", 2)[0];
  return config;
}

ClipVisionModel::ClipVisionModel(WeightReader& reader, const ClipVisionConfig& config)
    : patch_(config.patch),
      patches_(patch_layer(reader, config)),
      class_token_(reader.take(names_of(config.layout).class_token, {config.width})),
      positions_(reader.take(
          names_of(config.layout).positions,
          {(config.side / config.patch) * (config.side / config.patch) + 1, config.width})),
      norm_before_(reader, names_of(config.layout).norm_before, config.width),
      norm_after_(reader, names_of(config.layout).norm_after, config.width),
      projection_(clip_projection(reader, names_of(config.layout).projection, config.layout,
                                  config.width, config.projection)) {
  const ClipBlockConfig block{config.layout, config.width, config.heads, config.mlp_width,
                              config.activation};
  for (std::int64_t i = 0; i < config.layers; ++i) {
    blocks_.emplace_back(reader, names_of(config.layout).block + std::to_string(i), block);
  }
  reader.leave("vision_model.embeddings.position_ids");
}

at::Tensor ClipVisionModel::operator()(const at::Tensor& pixels) const {
  const at::Tensor squares =
      at::pixel_unshuffle(pixels, patch_).flatten(2).transpose(1, 2).contiguous();
  const at::Tensor first = class_token_.expand({pixels.size(0), 1, -1});
  at::Tensor x = norm_before_(at::cat({first, patches_(squares)}, 1) + positions_);
  for (const ClipBlock& block : blocks_) x = block(x, AttentionMask::none);
  return projection_(norm_after_(x.select(1, 0)));
}

}  // namespace calotype
