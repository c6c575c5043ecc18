#include "layers/attention.h"

#include <vector>

#include "calotype/types/aten.h"

namespace calotype {

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                  AttentionMask mask) {
  const auto split = [&](const at::Tensor& t) {
    return t.unflatten(-1, {heads, t.size(-1) / heads}).transpose(1, 2);
  };
  return at::scaled_dot_product_attention(split(q), split(k), split(v), std::nullopt, 0.0,
                                          mask == AttentionMask::causal)
      .transpose(1, 2)
      .flatten(2);
}

SelfAttention::SelfAttention(WeightReader& reader, const std::string& name, std::int64_t width,
                             std::int64_t heads)
    : heads_(heads),
      qkv_(reader, {name + ".to_q", name + ".to_k", name + ".to_v"}, width, width, Bias::no),
      out_(reader, name + ".to_out.0", width, width) {}

at::Tensor SelfAttention::plus(const at::Tensor& x, const at::Tensor& residual) const {
  const std::vector<at::Tensor> qkv = qkv_(x).chunk(3, -1);
  return out_.plus(attend(qkv[0], qkv[1], qkv[2], heads_), residual);
}

CrossAttention::CrossAttention(WeightReader& reader, const std::string& name, std::int64_t width,
                               std::int64_t context_width, std::int64_t heads)
    : heads_(heads),
      query_(reader, name + ".to_q", width, width, Bias::no),
      key_(reader, name + ".to_k", context_width, width, Bias::no),
      value_(reader, name + ".to_v", context_width, width, Bias::no),
      out_(reader, name + ".to_out.0", width, width) {}

KeyValue CrossAttention::project(const at::Tensor& context) const {
  return {key_(context), value_(context)};
}

at::Tensor CrossAttention::plus(const at::Tensor& x, const KeyValue& context,
                                const at::Tensor& residual) const {
  return out_.plus(attend(query_(x), context.key, context.value, heads_), residual);
}

}  // namespace calotype
