#include "text/clip_text_model.h"

#include <fmt/format.h>

#include "calotype/error.h"
#include "calotype/types/aten.h"

namespace calotype {

namespace {

constexpr std::int64_t kMaxLayers = 128;
constexpr std::int64_t kMaxWidth = 8192;

[[noreturn]] void fail(const Weights& weights, const std::string& what) {
  throw Error(ErrorCode::io, {{.file = weights.origin(), .what = "text encoder: " + what}});
}

const std::vector<std::int64_t>& matrix(const Weights& weights, const std::string& name) {
  const auto* shape = weights.shape(name);
  if (!shape) fail(weights, fmt::format("there is no tensor {}", quote(name)));
  if (shape->size() != 2) {
    fail(weights, fmt::format("tensor {} has {} dimensions, not 2", quote(name), shape->size()));
  }
  return *shape;
}

struct Names {
  std::string tokens, positions, block, norm, projection;
};

Names names_of(ClipLayout layout, const std::string& prefix) {
  if (layout == ClipLayout::open_clip) {
    return {"token_embedding.weight", "positional_embedding", "transformer.resblocks.", "ln_final",
            "text_projection"};
  }
  return {prefix + "embeddings.token_embedding.weight",
          prefix + "embeddings.position_embedding.weight", prefix + "encoder.layers.",
          prefix + "final_layer_norm", "text_projection"};
}

Names names_of(const ClipTextConfig& config) { return names_of(config.layout, config.prefix); }

bool is_open_clip(ClipLayout layout) { return layout == ClipLayout::open_clip; }

std::int64_t count_layers(const Weights& weights, const ClipTextConfig& config) {
  const char* norm = is_open_clip(config.layout) ? "ln_1" : "layer_norm1";
  std::int64_t layers = 0;
  while (layers < kMaxLayers &&
         weights.shape(fmt::format("{}{}.{}.weight", names_of(config).block, layers, norm))) {
    ++layers;
  }
  return layers;
}

void check(const Weights& weights, const ClipTextConfig& config) {
  if (config.width < 1 || config.width > kMaxWidth) {
    fail(weights, fmt::format("width {} is out of range 1..{}", config.width, kMaxWidth));
  }
  if (config.width % config.heads() != 0) {
    fail(weights,
         fmt::format("width {} does not divide into {} heads", config.width, config.heads()));
  }
  if (config.layers <= config.rules.skipped_layers) {
    fail(weights, fmt::format("there are {} layers, this kind of model has at least {}",
                              config.layers, config.rules.skipped_layers + 1));
  }
}

/// Layers that are built: all for the pooled vector, else those that the context needs.
std::int64_t used_layers(const ClipTextConfig& config) {
  return config.rules.pooled ? config.layers : config.layers - config.rules.skipped_layers;
}

}  // namespace

ClipTextConfig ClipTextConfig::detect(const Weights& weights, const ClipTextRules& rules) {
  ClipTextConfig config;
  config.rules = rules;
  if (weights.shape("token_embedding.weight")) config.layout = ClipLayout::open_clip;
  if (weights.shape("text_model.final_layer_norm.weight")) config.prefix = "text_model.";
  const Names names = names_of(config);
  const auto& tokens = matrix(weights, names.tokens);
  config.vocabulary = tokens[0];
  config.width = tokens[1];
  config.positions = matrix(weights, names.positions)[0];
  config.layers = count_layers(weights, config);
  check(weights, config);
  const char* fc1 = is_open_clip(config.layout) ? "mlp.c_fc" : "mlp.fc1";
  config.mlp_width = matrix(weights, fmt::format("{}0.{}.weight", names.block, fc1))[0];
  if (rules.pooled) {
    config.projection = is_open_clip(config.layout)
                            ? matrix(weights, names.projection)[1]
                            : matrix(weights, names.projection + ".weight")[0];
  }
  return config;
}

ClipTextModel::ClipTextModel(WeightReader& reader, const ClipTextConfig& config)
    : tokens_(reader.take(names_of(config).tokens, {config.vocabulary, config.width})),
      positions_(reader.take(names_of(config).positions, {config.positions, config.width})),
      norm_(reader, names_of(config).norm, config.width),
      rules_(config.rules),
      last_layers_(config.layers - config.rules.skipped_layers) {
  const Names names = names_of(config);
  const ClipBlockConfig block{config.layout, config.width, config.heads(), config.mlp_width,
                              config.rules.activation};
  for (std::int64_t i = 0; i < used_layers(config); ++i) {
    blocks_.emplace_back(reader, names.block + std::to_string(i), block);
  }
  for (std::int64_t i = used_layers(config); i < config.layers; ++i) {
    reader.leave(fmt::format("{}{}.", names.block, i));
  }
  if (config.rules.pooled) {
    projection_ =
        clip_projection(reader, names.projection, config.layout, config.width, config.projection);
  } else {
    reader.leave(names.projection);
  }
  for (const std::string& unused : {config.prefix + "embeddings.position_ids",
                                    std::string("attn_mask"), std::string("logit_scale")}) {
    reader.leave(unused);
  }
}

TextEncoding ClipTextModel::operator()(const at::Tensor& ids, std::int64_t clip_skip) const {
  at::Tensor x = at::embedding(tokens_, ids) + positions_.narrow(0, 0, ids.size(1));
  const auto context_layers = static_cast<std::size_t>(last_layers_ - clip_skip);
  for (std::size_t i = 0; i < context_layers; ++i) x = blocks_[i](x, AttentionMask::causal);
  TextEncoding out;
  out.context = rules_.final_norm ? norm_(x) : x;
  if (projection_) {
    for (std::size_t i = context_layers; i < blocks_.size(); ++i)
      x = blocks_[i](x, AttentionMask::causal);
    const at::Tensor row = at::arange(ids.size(0), ids.options());
    const at::Tensor end = x.index({row, ids.argmax(-1)});
    out.pooled = (*projection_)(norm_(end));
  }
  return out;
}

}  // namespace calotype
