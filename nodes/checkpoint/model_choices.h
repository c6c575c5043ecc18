#pragma once
/// The parameters with which a user overrules what is recognised in a file.
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/model_family.h"
#include "calotype/param_traits.h"
#include "calotype/types/models.h"

namespace calotype {

enum class FamilyChoice { automatic, sd1, sd2, unclip, x4, sdxl, sdxl_refiner };
enum class PredictionChoice { automatic, epsilon, v };

template <>
struct EnumNames<FamilyChoice> {
  static std::span<const std::pair<std::string_view, FamilyChoice>> table();
};
template <>
struct EnumNames<PredictionChoice> {
  static std::span<const std::pair<std::string_view, PredictionChoice>> table();
};

/// Empty for automatic.
std::optional<ModelFamily> chosen(FamilyChoice);
std::optional<Prediction> chosen(PredictionChoice);

}  // namespace calotype
