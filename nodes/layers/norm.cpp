#include "layers/norm.h"

#include "calotype/types/aten.h"
#include "layers/group_norm_kernel.h"

namespace calotype {

GroupNorm::GroupNorm(WeightReader& reader, const std::string& name, std::int64_t channels,
                     double epsilon)
    : weight_(reader.take(name + ".weight", {channels})),
      bias_(reader.take(name + ".bias", {channels})),
      epsilon_(epsilon) {}

at::Tensor GroupNorm::library(const at::Tensor& x) const {
  return at::group_norm(x, kNormGroups, weight_, bias_, epsilon_);
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  if (group_norm_kernel_takes(x)) {
    auto y = at::empty_like(x);
    group_norm_kernel(x, y, kNormGroups, weight_, bias_, epsilon_, AfterNorm::nothing);
    return y;
  }
  return library(x).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor GroupNorm::silu(const at::Tensor& x) const {
  if (group_norm_kernel_takes(x)) {
    auto y = at::empty_like(x);
    group_norm_kernel(x, y, kNormGroups, weight_, bias_, epsilon_, AfterNorm::silu);
    return y;
  }
  auto y = library(x);
  return at::silu_(y).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor GroupNorm::silu(at::Tensor&& x) const {
  if (!group_norm_kernel_takes(x)) return silu(static_cast<const at::Tensor&>(x));
  group_norm_kernel(x, x, kNormGroups, weight_, bias_, epsilon_, AfterNorm::silu);
  return std::move(x);
}

LayerNorm::LayerNorm(WeightReader& reader, const std::string& name, std::int64_t width,
                     double epsilon)
    : weight_(reader.take(name + ".weight", {width})),
      bias_(reader.take(name + ".bias", {width})),
      epsilon_(epsilon) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, {weight_.size(0)}, weight_, bias_, epsilon_);
}

}  // namespace calotype
