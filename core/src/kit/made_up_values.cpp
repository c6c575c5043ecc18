#include "kit/made_up_values.h"

#include <array>
#include <cstring>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include "calotype/value_io.h"
#include "graph/param_check.h"

namespace calotype {

namespace {

constexpr std::int64_t kSide = 64;  ///< px of pictures; latents have an eighth

struct TensorRecipe {
  const char* name;
  std::vector<std::int64_t> shape;
  float low;  ///< values are spread evenly over low..high, in no order
  float high;
};

struct TypeRecipe {
  std::string_view type;
  std::vector<TensorRecipe> tensors;
};

std::vector<TypeRecipe> recipes() {
  return {{"Image", {{"image", {1, 3, kSide, kSide}, 0, 1}}},
          {"Mask", {{"mask", {1, 1, kSide, kSide}, 0, 1}}},
          {"DepthMap", {{"depth", {1, 1, kSide, kSide}, 0, 1}}},
          {"Latent", {{"latent", {1, 4, kSide / 8, kSide / 8}, -3, 3}}},
          {"Noise", {{"noise", {1, 4, kSide / 8, kSide / 8}, -3, 3}}},
          {"Conditioning", {{"context", {1, 77, 768}, -1, 1}}}};
}

template <class T>
ArchiveTensor archive_tensor(const char* name, DType dtype, std::vector<std::int64_t> shape,
                             std::vector<T> numbers) {
  auto owner = std::make_shared<const std::vector<T>>(std::move(numbers));
  return {name, dtype, std::move(shape), std::as_bytes(std::span(*owner)), owner};
}

ArchiveTensor spread(const TensorRecipe& recipe) {
  const auto count = std::accumulate(recipe.shape.begin(), recipe.shape.end(), std::int64_t{1},
                                     std::multiplies<>());
  std::vector<float> numbers(static_cast<std::size_t>(count));
  // A step that has no divisor in common with 2^16 visits every sixteen-bit number.
  std::uint16_t state = 1;
  for (float& number : numbers) {
    state = static_cast<std::uint16_t>(state + 40503);
    number = recipe.low + (recipe.high - recipe.low) * static_cast<float>(state) / 65535.0F;
  }
  return archive_tensor(recipe.name, DType::f32, recipe.shape, std::move(numbers));
}

}  // namespace

Value made_up_value(const PortType& type) {
  if (!can_save(type)) return {};
  TensorArchive archive;
  if (type.name == "Region") {
    archive.tensors.push_back(
        archive_tensor<std::int64_t>("region", DType::i64, {4}, {8, 8, kSide / 2, kSide / 2}));
    return load_value(type, archive);
  }
  for (const TypeRecipe& recipe : recipes()) {
    if (recipe.type != type.name) continue;
    for (const TensorRecipe& tensor : recipe.tensors) archive.tensors.push_back(spread(tensor));
    if (type.name == "Noise") {
      archive.tensors.push_back(archive_tensor<std::int64_t>("seeds", DType::i64, {1}, {7}));
      archive.metadata["source"] = "0";
    }
    return load_value(type, archive);
  }
  return {};
}

std::optional<ParamValue> made_up_param(const ParamSchema& param, bool names_type) {
  if (!param.required) return param.default_value;
  if (param.file || names_type) return {};
  std::vector<ParamValue> candidates = {false, "text", std::int64_t{1}, std::int64_t{0}};
  if (!param.choices.empty()) candidates.emplace_back(param.choices.front());
  if (param.multiple_of > 0) candidates.emplace_back(param.multiple_of);
  for (const auto& bound : {param.min, param.max}) {
    if (bound) candidates.emplace_back(*bound);
  }
  for (const ParamValue& candidate : candidates) {
    Misfit ignored;
    if (auto value = fit(candidate, param, false, ignored)) return value;
  }
  return {};
}

}  // namespace calotype
