#pragma once
/// Products and convolutions of the CPU with weights that were reordered once into oneDNN's blocked
/// layout, and with the following addition, product or activation fused in. All functions take and
/// return plain (strided) tensors but for the packed weight.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "calotype/types/models.h"

namespace calotype::onednn {

/// Whether the functions below work for tensors of this placement on this processor.
bool usable(const Placement&);

/// `weight`: [out, in]. The result is only for the functions of this header.
at::Tensor pack_linear(const at::Tensor& weight);
/// x W' + bias, then `activation`: "none" or "gelu" (exact). `bias` may be undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                  std::string_view activation);
/// (x W' + bias) `op` other; `op`: "add" or "mul". `other` has the shape of the result.
at::Tensor linear_binary(const at::Tensor& x, const at::Tensor& other, const at::Tensor& packed,
                         const at::Tensor& bias, std::string_view op);

/// `weight`: [out, in, k, k], copied unless it is channels-last. The layout is the best one for
/// maps of `height` x `width`. Other maps are computed with it too, some of them at a fraction of
/// the speed (see packed_conv.h).
at::Tensor pack_conv(const at::Tensor& weight, std::int64_t padding, std::int64_t stride,
                     std::int64_t height, std::int64_t width);
at::Tensor conv(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                std::int64_t padding, std::int64_t stride);
/// The convolution, with results below 0 multiplied by `slope`.
at::Tensor conv_leaky(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                      std::int64_t padding, std::int64_t stride, double slope);
/// The convolution plus `other`, which has the shape of the result.
at::Tensor conv_add(const at::Tensor& x, const at::Tensor& other, const at::Tensor& packed,
                    const at::Tensor& bias, std::int64_t padding, std::int64_t stride);

}  // namespace calotype::onednn
