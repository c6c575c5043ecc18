#include "text/clip_text_model.h"

#include <fmt/format.h>

#include <utility>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "layers/attention.h"

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

}  // namespace

ClipTextConfig ClipTextConfig::detect(const Weights& weights) {
  ClipTextConfig config;
  if (weights.shape("text_model.final_layer_norm.weight")) config.prefix = "text_model.";
  const auto& tokens = matrix(weights, config.prefix + "embeddings.token_embedding.weight");
  config.vocabulary = tokens[0];
  config.width = tokens[1];
  config.positions = matrix(weights, config.prefix + "embeddings.position_embedding.weight")[0];
  if (config.width < 1 || config.width > kMaxWidth) {
    fail(weights, fmt::format("width {} is out of range 1..{}", config.width, kMaxWidth));
  }
  if (config.width % config.heads() != 0) {
    fail(weights,
         fmt::format("width {} does not divide into {} heads", config.width, config.heads()));
  }
  config.layers = 0;
  while (config.layers < kMaxLayers &&
         weights.shape(
             fmt::format("{}encoder.layers.{}.layer_norm1.weight", config.prefix, config.layers))) {
    ++config.layers;
  }
  config.mlp_width = matrix(weights, config.prefix + "encoder.layers.0.mlp.fc1.weight")[0];
  return config;
}

ClipTextModel::Layer::Layer(WeightReader& reader, const std::string& name,
                            const ClipTextConfig& config)
    : heads_(config.heads()),
      norm1_(reader, name + ".layer_norm1", config.width),
      qkv_(reader,
           {name + ".self_attn.q_proj", name + ".self_attn.k_proj", name + ".self_attn.v_proj"},
           config.width, config.width, Bias::yes),
      out_(reader, name + ".self_attn.out_proj", config.width, config.width),
      norm2_(reader, name + ".layer_norm2", config.width),
      fc1_(reader, name + ".mlp.fc1", config.width, config.mlp_width),
      fc2_(reader, name + ".mlp.fc2", config.mlp_width, config.width) {}

at::Tensor ClipTextModel::Layer::operator()(const at::Tensor& x) const {
  const std::vector<at::Tensor> qkv = qkv_(norm1_(x)).chunk(3, -1);
  const at::Tensor h = out_.plus(attend(qkv[0], qkv[1], qkv[2], heads_, Mask::causal), x);
  const at::Tensor up = fc1_(norm2_(h));
  return fc2_.plus(up * at::sigmoid(1.702 * up), h);
}

ClipTextModel::ClipTextModel(WeightReader& reader, const ClipTextConfig& config)
    : tokens_(reader.take(config.prefix + "embeddings.token_embedding.weight",
                          {config.vocabulary, config.width})),
      positions_(reader.take(config.prefix + "embeddings.position_embedding.weight",
                             {config.positions, config.width})),
      norm_(reader, config.prefix + "final_layer_norm", config.width) {
  for (std::int64_t i = 0; i < config.layers; ++i) {
    layers_.emplace_back(reader, fmt::format("{}encoder.layers.{}", config.prefix, i), config);
  }
}

at::Tensor ClipTextModel::operator()(const at::Tensor& ids, std::int64_t clip_skip) const {
  at::Tensor x = at::embedding(tokens_, ids) + positions_.narrow(0, 0, ids.size(1));
  const auto used = layers_.size() - static_cast<std::size_t>(clip_skip);
  for (std::size_t i = 0; i < used; ++i) x = layers_[i](x);
  return norm_(x);
}

}  // namespace calotype
