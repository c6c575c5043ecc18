#pragma once
/// Pictures, masks and latents for tests of plugins, and a comparison that says where tensors
/// differ. All in host memory, the same on every machine; all functions are thread-safe and throw
/// Error(run) for a size below 1.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "calotype/testing.h"
#include "calotype/types/image.h"
#include "calotype/types/latent.h"
#include "calotype/types/mask.h"
#include "calotype/types/region.h"

namespace calotype::kit {

/// [count, 3, height, width]: red grows from left to right, green from top to bottom, both from 0
/// to 1; blue is (k + 1) / (count + 1) in picture k, so that the pictures of a batch differ.
CALOTYPE_API Image gradient_image(std::int64_t width, std::int64_t height, std::int64_t count = 1);
/// [count, 3, height, width], uniform in 0..1.
CALOTYPE_API Image noise_image(std::int64_t width, std::int64_t height, std::uint64_t seed,
                               std::int64_t count = 1);
/// [1, 1, height, width]: 1 inside `box`, as far as it lies in the picture, and 0 elsewhere.
CALOTYPE_API Mask box_mask(std::int64_t width, std::int64_t height, const Region& box);
/// [count, channels, height / 8, width / 8], normal. `width` and `height` are those of the picture,
/// multiples of 8 px; otherwise throws Error(run).
CALOTYPE_API Latent noise_latent(std::int64_t width, std::int64_t height, std::uint64_t seed,
                                 std::int64_t channels = 4, std::int64_t count = 1);

/// Empty when both have the same type and shape and every value differs by at most
/// `absolute + relative * |expected|`; otherwise says what differs, where first and by how much.
/// NaN equals NaN, an infinity itself; undefined equals undefined. For GoogleTest:
///   EXPECT_EQ(kit::difference(result, expected, 1e-6), "");
CALOTYPE_API std::string difference(const at::Tensor& got, const at::Tensor& expected,
                                    double absolute = 0, double relative = 0);

}  // namespace calotype::kit
