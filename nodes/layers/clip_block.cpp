#include "layers/clip_block.h"

#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

namespace {

/// Names of the parts of a block after the block's own name.
struct PartNames {
  const char* norm1;
  const char* out;
  const char* norm2;
  const char* fc1;
  const char* fc2;
};

const PartNames& names_of(ClipLayout layout) {
  static constexpr PartNames kTransformers{".layer_norm1", ".self_attn.out_proj", ".layer_norm2",
                                           ".mlp.fc1", ".mlp.fc2"};
  static constexpr PartNames kOpenClip{".ln_1", ".attn.out_proj", ".ln_2", ".mlp.c_fc",
                                       ".mlp.c_proj"};
  return layout == ClipLayout::transformers ? kTransformers : kOpenClip;
}

Linear query_key_value(WeightReader& reader, const std::string& name, ClipLayout layout,
                       std::int64_t width) {
  if (layout == ClipLayout::open_clip) {
    return {reader.take(name + ".attn.in_proj_weight", {3 * width, width}),
            reader.take(name + ".attn.in_proj_bias", {3 * width}), reader.placement()};
  }
  return {reader,
          {name + ".self_attn.q_proj", name + ".self_attn.k_proj", name + ".self_attn.v_proj"},
          width,
          width,
          Bias::yes};
}

}  // namespace

ClipBlock::ClipBlock(WeightReader& reader, const std::string& name, const ClipBlockConfig& config)
    : heads_(config.heads),
      activation_(config.activation),
      norm1_(reader, name + names_of(config.layout).norm1, config.width),
      qkv_(query_key_value(reader, name, config.layout, config.width)),
      out_(reader, name + names_of(config.layout).out, config.width, config.width),
      norm2_(reader, name + names_of(config.layout).norm2, config.width),
      fc1_(reader, name + names_of(config.layout).fc1, config.width, config.mlp_width),
      fc2_(reader, name + names_of(config.layout).fc2, config.mlp_width, config.width) {}

at::Tensor ClipBlock::operator()(const at::Tensor& x, AttentionMask mask) const {
  const std::vector<at::Tensor> qkv = qkv_(norm1_(x)).chunk(3, -1);
  const at::Tensor h = out_.plus(attend(qkv[0], qkv[1], qkv[2], heads_, mask), x);
  const at::Tensor normed = norm2_(h);
  if (activation_ == ClipActivation::gelu) return fc2_.plus(fc1_.gelu(normed), h);
  const at::Tensor up = fc1_(normed);
  return fc2_.plus(up * at::sigmoid(1.702 * up), h);
}

Linear clip_projection(WeightReader& reader, const std::string& name, ClipLayout layout,
                       std::int64_t in, std::int64_t out) {
  if (layout == ClipLayout::transformers) return {reader, name, in, out, Bias::no};
  return {reader.take(name, {in, out}).t().contiguous(), at::Tensor(), reader.placement()};
}

}  // namespace calotype
