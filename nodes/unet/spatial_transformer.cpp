#include "unet/spatial_transformer.h"

#include "calotype/types/aten.h"

namespace calotype {

TransformerBlock::TransformerBlock(WeightReader& reader, const std::string& name,
                                   const TransformerShape& shape)
    : norm_first_(reader, name + ".norm1", shape.channels),
      first_(first(reader, name + ".attn1", shape)),
      norm_cross_(reader, name + ".norm2", shape.channels),
      cross_(reader, name + ".attn2", shape.channels, shape.context_width, shape.heads),
      norm_feed_(reader, name + ".norm3", shape.channels),
      feed_(reader, name + ".ff", shape.channels) {}

TransformerBlock::Attention TransformerBlock::first(WeightReader& reader, const std::string& name,
                                                    const TransformerShape& shape) {
  if (shape.self_attention) return SelfAttention(reader, name, shape.channels, shape.heads);
  return CrossAttention(reader, name, shape.channels, shape.context_width, shape.heads);
}

void TransformerBlock::project(const at::Tensor& context, std::vector<KeyValue>& out) const {
  if (const auto* cross = std::get_if<CrossAttention>(&first_)) {
    out.push_back(cross->project(context));
  }
  out.push_back(cross_.project(context));
}

at::Tensor TransformerBlock::operator()(at::Tensor x, const KeyValue*& context) const {
  if (const auto* self = std::get_if<SelfAttention>(&first_)) {
    x = self->plus(norm_first_(x), x);
  } else {
    x = std::get<CrossAttention>(first_).plus(norm_first_(x), *context++, x);
  }
  x = cross_.plus(norm_cross_(x), *context++, x);
  return feed_.plus(norm_feed_(x), x);
}

SpatialTransformer::SpatialTransformer(WeightReader& reader, const std::string& name,
                                       std::int64_t depth, const TransformerShape& shape)
    : norm_(reader, name + ".norm", shape.channels, 1e-6),
      in_(reader, name + ".proj_in", shape.channels, shape.channels),
      out_(reader, name + ".proj_out", shape.channels, shape.channels) {
  for (std::int64_t i = 0; i < depth; ++i) {
    blocks_.emplace_back(reader, name + ".transformer_blocks." + std::to_string(i), shape);
  }
}

void SpatialTransformer::project(const at::Tensor& context, std::vector<KeyValue>& out) const {
  for (const TransformerBlock& block : blocks_) block.project(context, out);
}

at::Tensor SpatialTransformer::operator()(const at::Tensor& x, const KeyValue*& context) const {
  // In channels-last memory the pixels are rows already: these are views.
  const auto rows = [](const at::Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); };
  at::Tensor h = in_(rows(norm_(x)));
  for (const TransformerBlock& block : blocks_) h = block(std::move(h), context);
  return out_.plus(h, rows(x)).unflatten(1, {x.size(2), x.size(3)}).permute({0, 3, 1, 2});
}

}  // namespace calotype
