#include "vae/vae_blocks.h"

#include <utility>
#include <vector>

#include "calotype/types/aten.h"
#include "layers/attention.h"

namespace calotype {

namespace {

constexpr double kEpsilon = 1e-6;

}  // namespace

VAEResBlock::VAEResBlock(WeightReader& reader, const std::string& name, std::int64_t in,
                         std::int64_t out)
    : norm1_(reader, name + ".norm1", in, kEpsilon),
      conv1_(reader, name + ".conv1", {.in = in, .out = out}),
      norm2_(reader, name + ".norm2", out, kEpsilon),
      conv2_(reader, name + ".conv2", {.in = out, .out = out}) {
  if (in != out) {
    shortcut_.emplace(reader, name + ".nin_shortcut",
                      ConvShape{.in = in, .out = out, .kernel = 1, .padding = 0});
  }
}

at::Tensor VAEResBlock::operator()(at::Tensor x) const {
  // The wide map is given up as early as can be: at the full size of a picture it decides how much
  // memory decoding takes.
  const at::Tensor residual = shortcut_ ? (*shortcut_)(x) : x;
  at::Tensor h = conv1_(shortcut_ ? norm1_.silu(std::move(x)) : norm1_.silu(x));
  x.reset();
  h = norm2_.silu(std::move(h));
  return conv2_.plus(h, residual);
}

VAEAttention::VAEAttention(WeightReader& reader, const std::string& name, std::int64_t channels)
    : norm_(reader, name + ".norm", channels, kEpsilon),
      qkv_(reader, {name + ".q", name + ".k", name + ".v"}, channels, channels, Bias::yes),
      out_(reader, name + ".proj_out", channels, channels) {}

at::Tensor VAEAttention::operator()(const at::Tensor& x) const {
  const auto rows = [](const at::Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); };
  const std::vector<at::Tensor> qkv = qkv_(rows(norm_(x))).chunk(3, -1);
  return out_.plus(attend(qkv[0], qkv[1], qkv[2], 1), rows(x))
      .unflatten(1, {x.size(2), x.size(3)})
      .permute({0, 3, 1, 2});
}

VAEMiddle::VAEMiddle(WeightReader& reader, const std::string& name, std::int64_t channels)
    : first_(reader, name + ".block_1", channels, channels),
      attention_(reader, name + ".attn_1", channels),
      second_(reader, name + ".block_2", channels, channels) {}

at::Tensor VAEMiddle::operator()(at::Tensor x) const {
  return second_(attention_(first_(std::move(x))));
}

}  // namespace calotype
