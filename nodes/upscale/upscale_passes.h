#pragma once
/// How an upscaling network is applied to a picture of a given size.
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "calotype/run_context.h"
#include "calotype/types/upscaler.h"
#include "pictures/tiles.h"

namespace calotype {

struct PictureSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// The tiles of each pass over a picture: the network is applied until both sides reach the wanted
/// size, once at least and three times at most (AUTOMATIC1111's rule); once when it does not
/// enlarge. `memory`: bytes that a pass may work with. Tiles overlap by 32 pixels.
std::vector<Tiling> plan_passes(const Upscaler&, PictureSize from, PictureSize wanted,
                                double memory);

/// A quarter of the memory of the machine, or of its device: the same on each run.
double working_memory(const Placement&);

/// All passes over each picture of `pixels` [B, 3, H, W]; results are clamped to 0..1 after each
/// pass. Reports a step for each tile and looks for cancellation before it. Throws Error(run) when
/// a result is not finite. Returns float32 on the model's device.
at::Tensor run_passes(const Upscaler&, const at::Tensor& pixels, const std::vector<Tiling>&,
                      RunContext&);

/// run_passes as plan_passes plans it; should that be too much all the same, because others use the
/// memory too, once more with a sixteenth of it. Not when the upscaler's tiles are given.
at::Tensor run_where_it_fits(const Upscaler&, const at::Tensor& pixels, PictureSize wanted,
                             double memory, RunContext&);

}  // namespace calotype
