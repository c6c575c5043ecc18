#include "checkpoint/model_choices.h"

namespace calotype {

std::span<const std::pair<std::string_view, FamilyChoice>> EnumNames<FamilyChoice>::table() {
  static constexpr std::pair<std::string_view, FamilyChoice> kTable[] = {
      {"auto", FamilyChoice::automatic},
      {"sd1", FamilyChoice::sd1},
      {"sd2", FamilyChoice::sd2},
      {"unclip", FamilyChoice::unclip},
      {"x4", FamilyChoice::x4},
      {"sdxl", FamilyChoice::sdxl},
      {"sdxl_refiner", FamilyChoice::sdxl_refiner}};
  return kTable;
}

std::span<const std::pair<std::string_view, PredictionChoice>>
EnumNames<PredictionChoice>::table() {
  static constexpr std::pair<std::string_view, PredictionChoice> kTable[] = {
      {"auto", PredictionChoice::automatic},
      {"epsilon", PredictionChoice::epsilon},
      {"v", PredictionChoice::v}};
  return kTable;
}

std::optional<ModelFamily> chosen(FamilyChoice choice) {
  switch (choice) {
    case FamilyChoice::automatic:
      return std::nullopt;
    case FamilyChoice::sd1:
      return ModelFamily::sd1;
    case FamilyChoice::sd2:
      return ModelFamily::sd2;
    case FamilyChoice::unclip:
      return ModelFamily::unclip;
    case FamilyChoice::x4:
      return ModelFamily::x4_upscaler;
    case FamilyChoice::sdxl:
      return ModelFamily::sdxl;
    case FamilyChoice::sdxl_refiner:
      return ModelFamily::sdxl_refiner;
  }
  return std::nullopt;
}

std::optional<Prediction> chosen(PredictionChoice choice) {
  switch (choice) {
    case PredictionChoice::epsilon:
      return Prediction::epsilon;
    case PredictionChoice::v:
      return Prediction::v;
    case PredictionChoice::automatic:
      break;
  }
  return std::nullopt;
}

}  // namespace calotype
