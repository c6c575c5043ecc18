#pragma once
#include <cstdint>
#include <string>

namespace calotype {

/// Throws Error(run) when `count` pictures of that size, each pixel of which takes so many bytes,
/// would take more memory than this machine has. For nodes whose parameters alone do not tell, as
/// those of LatentNoise do: asked for so much, a system may end the process instead of refusing.
void require_memory(std::int64_t count, std::int64_t height, std::int64_t width,
                    double bytes_per_pixel, std::string hint = "choose a smaller size");

}  // namespace calotype
