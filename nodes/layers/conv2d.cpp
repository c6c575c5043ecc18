#include "layers/conv2d.h"

#include <array>
#include <utility>

#include "calotype/types/aten.h"
#include "layers/onednn.h"

namespace calotype {

Conv2d::Conv2d(WeightReader& reader, const std::string& name, ConvShape shape)
    : shape_(shape),
      weight_(reader.take(name + ".weight", {shape.out, shape.in, shape.kernel, shape.kernel})),
      bias_(reader.take(name + ".bias", {shape.out})) {
  pack(reader.placement());
  // Read again at the first use: until then the file need not stay in memory beside the network.
  if (packed_) reader.weights().drop_pages(name + ".weight");
}

Conv2d::Conv2d(at::Tensor weight, at::Tensor bias, ConvShape shape, const Placement& placement)
    : shape_(shape), weight_(std::move(weight)), bias_(std::move(bias)) {
  pack(placement);
}

void Conv2d::pack(const Placement& placement) {
  if (onednn::usable(placement)) {
    packed_.emplace(std::exchange(weight_, {}), shape_.padding, shape_.stride);
  } else {
    weight_ = weight_.contiguous(at::MemoryFormat::ChannelsLast);
  }
}

at::Tensor Conv2d::with_bias(const at::Tensor& x, const at::Tensor& bias) const {
  const Wrap wrap = WrapScope::current();
  if (wrap.any() && shape_.padding > 0) return wrapped(x, bias, wrap);
  return plain(x, bias);
}

at::Tensor Conv2d::plain(const at::Tensor& x, const at::Tensor& bias) const {
  if (packed_) return onednn::conv(x, packed_->for_maps_of(x), bias, shape_.padding, shape_.stride);
  const std::array<std::int64_t, 2> stride{shape_.stride, shape_.stride};
  const std::array<std::int64_t, 2> padding{shape_.padding, shape_.padding};
  return at::conv2d(x, weight_, bias, stride, padding);
}

at::Tensor Conv2d::wrapped(const at::Tensor& x, const at::Tensor& bias, Wrap wrap) const {
  // Results near the edge of the extended map see its own padding and are left out.
  const std::int64_t drop = shape_.padding;
  const auto size = [&](std::int64_t dim) {
    return (x.size(dim) + 2 * shape_.padding - shape_.kernel) / shape_.stride + 1;
  };
  return plain(wrap_around(x, drop * shape_.stride, wrap), bias)
      .narrow(2, drop, size(2))
      .narrow(3, drop, size(3))
      .contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor Conv2d::operator()(const at::Tensor& x) const { return with_bias(x, bias_); }

at::Tensor Conv2d::plus(const at::Tensor& x, const at::Tensor& other) const {
  // oneDNN of torch 2.11 cannot tell how maps of one channel or of one pixel are laid out.
  const bool has_layout = other.size(1) > 1 && other.size(2) * other.size(3) > 1;
  if (packed_ && has_layout && !WrapScope::current().any()) {
    return onednn::conv_add(x, other, packed_->for_maps_of(x), bias_, shape_.padding,
                            shape_.stride);
  }
  return with_bias(x, bias_).add_(other);
}

at::Tensor Conv2d::leaky(const at::Tensor& x, double slope) const {
  if (packed_ && !WrapScope::current().any()) {
    return onednn::conv_leaky(x, packed_->for_maps_of(x), bias_, shape_.padding, shape_.stride,
                              slope);
  }
  at::Tensor y = with_bias(x, bias_);
  return at::leaky_relu_(y, slope);
}

at::Tensor Conv2d::shifted(const at::Tensor& x, const at::Tensor& shift) const {
  if (shift.size(0) == 1) return with_bias(x, bias_ + shift[0]);
  return with_bias(x, bias_).add_(shift.unsqueeze(-1).unsqueeze(-1));
}

}  // namespace calotype
