#pragma once
/// Group normalisation with the activation fused in, for channels-last maps in host memory: two
/// passes over the data where the library's operators take four.
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace calotype {

enum class AfterNorm { nothing, silu };

/// Host memory, float32 or bfloat16, [B, C, H, W] dense in channels-last order.
bool group_norm_kernel_takes(const at::Tensor& x);

/// Writes to `y`, of the form of `x`; `y` may be `x`. `weight`, `bias`: [C], any float type.
/// `groups` divides C.
void group_norm_kernel(const at::Tensor& x, const at::Tensor& y, std::int64_t groups,
                       const at::Tensor& weight, const at::Tensor& bias, double epsilon, AfterNorm);

}  // namespace calotype
