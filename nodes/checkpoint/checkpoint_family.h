#pragma once
/// Which family of models a UNet belongs to, judged by its names and shapes.
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "calotype/param_traits.h"
#include "checkpoint/weights.h"

namespace calotype {

/// `automatic` refuses what is recognised as another family; `sd1` reads as SD 1.x regardless.
enum class FamilyChoice { automatic, sd1 };

template <>
struct EnumNames<FamilyChoice> {
  static std::span<const std::pair<std::string_view, FamilyChoice>> table();
};

/// "SD 1.x", "SD 2.x inpainting", "SDXL base", ...; text for people. Rules: channels of the first
/// convolution, width of the text context, label embedding.
std::string recognise_unet(const Weights& unet);

/// Throws Error(io) when `recognise_unet` finds something else than SD 1.x.
void require_sd1(const Weights& unet);

}  // namespace calotype
