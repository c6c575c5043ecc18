#include "calotype/types/conditioning.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/types/aten.h"
#include "calotype/types/torch_scope.h"
#include "tensor_members.h"

namespace calotype {

namespace {

constexpr TensorMembers<Conditioning, 4> kConditioningTensors{
    {{"context", &Conditioning::context, {"[1, T, C]", 3}},
     {"pooled", &Conditioning::pooled, {"[1, P]", 2}},
     {"channels", &Conditioning::channels, {"[B, K, h, w]", 4}},
     {"vector", &Conditioning::vector, {"[B, V]", 2}}}};

constexpr std::array<std::int64_t PictureSizes::*, 6> kSizes{
    &PictureSizes::original_width, &PictureSizes::original_height, &PictureSizes::crop_left,
    &PictureSizes::crop_top,       &PictureSizes::target_width,    &PictureSizes::target_height};

// Numbers are tensors too: they are saved as exactly as the rest.
constexpr const char* kSizesName = "sizes";
constexpr const char* kScoreName = "aesthetic_score";
constexpr const char* kLevelName = "noise_level";

TensorArchive save_conditioning(const std::shared_ptr<const void>& value) {
  const auto& c = *static_cast<const Conditioning*>(value.get());
  TensorArchive archive = archive_of(c, kConditioningTensors);
  const auto add = [&](const char* name, const at::Tensor& t) {
    archive.tensors.push_back(to_archive(name, t));
  };
  if (c.sizes) {
    std::array<std::int64_t, kSizes.size()> numbers{};
    for (std::size_t i = 0; i < kSizes.size(); ++i) numbers[i] = *c.sizes.*kSizes[i];
    add(kSizesName, at::tensor(numbers, at::kLong));
  }
  if (c.aesthetic_score) add(kScoreName, at::tensor({*c.aesthetic_score}, at::kDouble));
  if (c.noise_level) add(kLevelName, at::tensor({*c.noise_level}, at::kLong));
  return archive;
}

std::shared_ptr<const void> load_conditioning(const TensorArchive& archive) {
  auto c = read_members(archive, kConditioningTensors);
  if (const ArchiveTensor* t = archive.find(kSizesName)) {
    const std::vector<std::int64_t> numbers = whole_numbers(*t, kSizes.size());
    PictureSizes& sizes = c.sizes.emplace();
    for (std::size_t i = 0; i < kSizes.size(); ++i) sizes.*kSizes[i] = numbers[i];
  }
  if (const ArchiveTensor* t = archive.find(kScoreName)) c.aesthetic_score = one_number(*t);
  if (const ArchiveTensor* t = archive.find(kLevelName)) {
    c.noise_level = whole_numbers(*t, 1).front();
  }
  return std::make_shared<const Conditioning>(std::move(c));
}

}  // namespace

const PortType& PortTraits<Conditioning>::type() {
  static const PortType type = [] {
    PortType t;
    t.name = "Conditioning";
    t.version = 2;
    t.doc = "Encoded text, float32 [1, T, C], and what else the model is told about the picture.";
    t.memory = [](const void* v) {
      return memory_of(*static_cast<const Conditioning*>(v), kConditioningTensors);
    };
    t.save = save_conditioning;
    t.load = load_conditioning;
    t.to_host = [](const void* v) -> std::shared_ptr<const void> {
      return std::make_shared<const Conditioning>(
          host_copy(*static_cast<const Conditioning*>(v), kConditioningTensors));
    };
    t.around_run = torch_scope;
    return t;
  }();
  return type;
}

}  // namespace calotype
