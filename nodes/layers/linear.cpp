#include "layers/linear.h"

#include <algorithm>
#include <utility>

#include "calotype/types/aten.h"
#include "layers/onednn.h"

namespace calotype {

namespace {

/// Rows of the gated layer that are computed at once: its inner vectors are eight times as wide as
/// the outer ones, so they are never held for all pixels of a large picture.
constexpr std::int64_t kRowsAtOnce = 2048;

}  // namespace

Linear::Linear(WeightReader& reader, const std::string& name, std::int64_t in, std::int64_t out,
               Bias bias)
    : weight_(reader.take(name + ".weight", {out, in})) {
  if (bias == Bias::yes) bias_ = reader.take(name + ".bias", {out});
  pack(reader.placement());
}

Linear::Linear(WeightReader& reader, const std::vector<std::string>& names, std::int64_t in,
               std::int64_t out, Bias bias) {
  std::vector<at::Tensor> weights, biases;
  for (const std::string& name : names) {
    weights.push_back(reader.take(name + ".weight", {out, in}));
    if (bias == Bias::yes) biases.push_back(reader.take(name + ".bias", {out}));
  }
  weight_ = at::cat(weights);
  if (bias == Bias::yes) bias_ = at::cat(biases);
  pack(reader.placement());
}

Linear::Linear(const at::Tensor& weight, at::Tensor bias, const Placement& placement)
    : weight_(weight), bias_(std::move(bias)) {
  pack(placement);
}

void Linear::pack(const Placement& placement) {
  packed_ = onednn::usable(placement);
  if (packed_) weight_ = onednn::pack_linear(weight_);
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return packed_ ? onednn::linear(x, weight_, bias_, "none") : at::linear(x, weight_, bias_);
}

at::Tensor Linear::plus(const at::Tensor& x, const at::Tensor& other) const {
  if (packed_) return onednn::linear_binary(x, other, weight_, bias_, "add");
  return at::linear(x, weight_, bias_).add_(other);
}

at::Tensor Linear::times(const at::Tensor& x, const at::Tensor& other) const {
  if (packed_) return onednn::linear_binary(x, other, weight_, bias_, "mul");
  return at::linear(x, weight_, bias_).mul_(other);
}

at::Tensor Linear::gelu(const at::Tensor& x) const {
  if (packed_) return onednn::linear(x, weight_, bias_, "gelu");
  auto y = at::linear(x, weight_, bias_);
  return at::gelu_(y);
}

GatedFeedForward::GatedFeedForward(WeightReader& reader, const std::string& name,
                                   std::int64_t width)
    : GatedFeedForward(reader.take(name + ".net.0.proj.weight", {8 * width, width}),
                       reader.take(name + ".net.0.proj.bias", {8 * width}), reader, name, width) {}

GatedFeedForward::GatedFeedForward(const at::Tensor& weight, const at::Tensor& bias,
                                   WeightReader& reader, const std::string& name,
                                   std::int64_t width)
    : value_(weight.narrow(0, 0, 4 * width), bias.narrow(0, 0, 4 * width), reader.placement()),
      gate_(weight.narrow(0, 4 * width, 4 * width), bias.narrow(0, 4 * width, 4 * width),
            reader.placement()),
      out_(reader, name + ".net.2", 4 * width, width) {}

at::Tensor GatedFeedForward::plus(const at::Tensor& x, const at::Tensor& residual) const {
  const auto layer = [this](const at::Tensor& in, const at::Tensor& add) {
    return out_.plus(value_.times(in, gate_.gelu(in)), add);
  };
  const std::int64_t width = x.size(-1);
  const at::Tensor rows = x.reshape({-1, width});
  if (!x.is_cpu() || rows.size(0) <= kRowsAtOnce) return layer(x, residual);
  const at::Tensor add = residual.reshape({-1, width});
  at::Tensor y = at::empty_like(add);
  for (std::int64_t first = 0; first < rows.size(0); first += kRowsAtOnce) {
    const std::int64_t count = std::min(kRowsAtOnce, rows.size(0) - first);
    y.narrow(0, first, count)
        .copy_(layer(rows.narrow(0, first, count), add.narrow(0, first, count)));
  }
  return y.view(x.sizes());
}

}  // namespace calotype
