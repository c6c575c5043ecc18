#include "unet/spatial_transformer.h"

#include "calotype/types/aten.h"

namespace calotype {

TransformerBlock::TransformerBlock(WeightReader& reader, const std::string& name,
                                   std::int64_t width, std::int64_t context_width,
                                   std::int64_t heads)
    : norm_self_(reader, name + ".norm1", width),
      self_(reader, name + ".attn1", width, heads),
      norm_cross_(reader, name + ".norm2", width),
      cross_(reader, name + ".attn2", width, context_width, heads),
      norm_feed_(reader, name + ".norm3", width),
      feed_(reader, name + ".ff", width) {}

at::Tensor TransformerBlock::operator()(at::Tensor x, const KeyValue& context) const {
  x = self_.plus(norm_self_(x), x);
  x = cross_.plus(norm_cross_(x), context, x);
  return feed_.plus(norm_feed_(x), x);
}

SpatialTransformer::SpatialTransformer(WeightReader& reader, const std::string& name,
                                       std::int64_t channels, std::int64_t depth,
                                       std::int64_t context_width, std::int64_t heads)
    : norm_(reader, name + ".norm", channels, 1e-6),
      in_(reader, name + ".proj_in", channels, channels),
      out_(reader, name + ".proj_out", channels, channels) {
  for (std::int64_t i = 0; i < depth; ++i) {
    blocks_.emplace_back(reader, name + ".transformer_blocks." + std::to_string(i), channels,
                         context_width, heads);
  }
}

void SpatialTransformer::project(const at::Tensor& context, std::vector<KeyValue>& out) const {
  for (const TransformerBlock& block : blocks_) out.push_back(block.project(context));
}

at::Tensor SpatialTransformer::operator()(const at::Tensor& x, const KeyValue*& context) const {
  // In channels-last memory the pixels are rows already: these are views.
  const auto rows = [](const at::Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); };
  at::Tensor h = in_(rows(norm_(x)));
  for (const TransformerBlock& block : blocks_) h = block(std::move(h), *context++);
  return out_.plus(h, rows(x)).unflatten(1, {x.size(2), x.size(3)}).permute({0, 3, 1, 2});
}

}  // namespace calotype
