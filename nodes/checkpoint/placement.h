#pragma once
/// Where and how a model computes, from the parameters `device` and `dtype`.
#include <span>
#include <string_view>
#include <utility>

#include "calotype/param_traits.h"
#include "calotype/types/models.h"

namespace calotype {

enum class DTypeChoice { automatic, float32, float16, bfloat16 };

template <>
struct EnumNames<DTypeChoice> {
  static std::span<const std::pair<std::string_view, DTypeChoice>> table();
};

enum class ModelRole { denoiser, text_encoder, image_encoder, autoencoder, upscaler };

/// What the process can compute on.
struct Machine {
  int cuda_devices = 0;
  bool cpu_float16 = true;    ///< torch has float16 kernels for the CPU
  bool cuda_bfloat16 = true;  ///< the first CUDA device computes it
};

/// Asks torch; the float16 kernels are tried once per process.
Machine this_machine();

/// `device`: "auto" (the first CUDA device, else the CPU), "cpu", "cuda" (the first) or "cuda:N".
/// `automatic` on the CPU is float32, which reproduces published numbers; on CUDA it is float16,
/// but for the VAE, whose activations leave the range of float16, bfloat16 or, on CUDA devices that
/// only emulate that, float32. Throws Error(run):
/// unknown or absent device, float16 where torch cannot compute it.
Placement resolve_placement(std::string_view device, DTypeChoice dtype, ModelRole role,
                            const Machine& machine);

}  // namespace calotype
