#include "layers/onednn.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <array>
#include <optional>
#include <string>

#include "calotype/types/aten.h"

namespace calotype::onednn {

namespace {

using OptionalTensor = std::optional<at::Tensor>;
using Scalars = c10::List<std::optional<at::Scalar>>;
using OptionalText = std::optional<std::string_view>;

// The signatures are those of the operators' schemas; `typed` checks them.
using ReorderLinear = at::Tensor(const at::Tensor&, std::optional<std::int64_t>);
using LinearUnary = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&,
                               std::string_view, Scalars, OptionalText);
using LinearBinary = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                const OptionalTensor&, std::string_view);
using ReorderConv = at::Tensor(const at::Tensor&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef,
                               std::int64_t, at::OptionalIntArrayRef);
using ConvUnary = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&,
                             at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t,
                             std::string_view, Scalars, OptionalText);
using ConvBinary = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                              const OptionalTensor&, at::IntArrayRef, at::IntArrayRef,
                              at::IntArrayRef, std::int64_t, std::string_view,
                              std::optional<at::Scalar>, OptionalText, Scalars, OptionalText);

template <class Signature>
c10::TypedOperatorHandle<Signature> find(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).template typed<Signature>();
}

OptionalTensor optional(const at::Tensor& t) {
  return t.defined() ? OptionalTensor(t) : std::nullopt;
}

constexpr std::array<std::int64_t, 2> kOnes{1, 1};

}  // namespace

bool usable(const Placement& placement) {
  if (!placement.device.is_cpu() || !at::hasMKLDNN() || !at::globalContext().userEnabledMkldnn()) {
    return false;
  }
  const auto supported = [](const char* name) { return find<bool()>(name).call(); };
  switch (placement.dtype) {
    case at::kFloat:
      return true;
    case at::kBFloat16:
      return supported("mkldnn::_is_mkldnn_bf16_supported");
    case at::kHalf:
      return supported("mkldnn::_is_mkldnn_fp16_supported");
    default:
      return false;
  }
}

at::Tensor pack_linear(const at::Tensor& weight) {
  static const auto op = find<ReorderLinear>("mkldnn::_reorder_linear_weight");
  return op.call(weight.contiguous(), std::nullopt);
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                  std::string_view activation) {
  static const auto op = find<LinearUnary>("mkldnn::_linear_pointwise");
  return op.call(x, packed, optional(bias), activation, Scalars(), "none");
}

at::Tensor linear_binary(const at::Tensor& x, const at::Tensor& other, const at::Tensor& packed,
                         const at::Tensor& bias, std::string_view op_name) {
  static const auto op = find<LinearBinary>("mkldnn::_linear_pointwise", "binary");
  return op.call(x, other, packed, optional(bias), op_name);
}

at::Tensor pack_conv(const at::Tensor& weight, std::int64_t padding, std::int64_t stride,
                     std::int64_t height, std::int64_t width) {
  static const auto op = find<ReorderConv>("mkldnn::_reorder_convolution_weight");
  const std::array<std::int64_t, 2> pad{padding, padding}, step{stride, stride};
  // Both sides of guidance.
  const std::array<std::int64_t, 4> usual{2, weight.size(1), height, width};
  return op.call(weight, pad, step, kOnes, 1, at::IntArrayRef(usual));
}

at::Tensor conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                std::int64_t padding, std::int64_t stride) {
  static const auto op = find<ConvUnary>("mkldnn::_convolution_pointwise");
  const std::array<std::int64_t, 2> pad{padding, padding}, step{stride, stride};
  return op.call(x, packed, optional(bias), pad, step, kOnes, 1, "none", Scalars(), "");
}

at::Tensor conv_leaky(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                      std::int64_t padding, std::int64_t stride, double slope) {
  static const auto op = find<ConvUnary>("mkldnn::_convolution_pointwise");
  const std::array<std::int64_t, 2> pad{padding, padding}, step{stride, stride};
  const Scalars slopes({std::optional<at::Scalar>(slope)});
  return op.call(x, packed, optional(bias), pad, step, kOnes, 1, "leaky_relu", slopes, "");
}

at::Tensor conv_add(const at::Tensor& x, const at::Tensor& other, const at::Tensor& packed,
                    const at::Tensor& bias, std::int64_t padding, std::int64_t stride) {
  static const auto op = find<ConvBinary>("mkldnn::_convolution_pointwise", "binary");
  const std::array<std::int64_t, 2> pad{padding, padding}, step{stride, stride};
  return op.call(x, other, packed, optional(bias), pad, step, kOnes, 1, "add", std::nullopt,
                 std::nullopt, Scalars(), std::nullopt);
}

}  // namespace calotype::onednn
