#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "calotype/types/aten.h"
#include "checkpoint/named_weights.h"
#include "checkpoint/weights.h"
#include "support/archives.h"
#include "support/error_text.h"

namespace calotype {
namespace {

using test::archive_of;
using test::counting_tensor;
using test::error_text;

const Placement kFloat32{c10::Device(c10::DeviceType::CPU), at::kFloat};
const Placement kFloat16{c10::Device(c10::DeviceType::CPU), at::kHalf};

std::shared_ptr<const Weights> weights(const TensorArchive& archive) {
  return name_weights("m.safetensors", archive, [](std::string_view n) { return std::string(n); });
}

/// A tensor whose `index`th element is replaced.
ArchiveTensor spoiled(std::string name, std::int64_t n, std::size_t index, float value) {
  ArchiveTensor t = counting_tensor(std::move(name), {n});
  auto* data = const_cast<float*>(reinterpret_cast<const float*>(t.bytes.data()));
  data[index] = value;
  return t;
}

TEST(WeightReader, SharesMemoryWhenNothingMustChange) {
  const TensorArchive archive = archive_of({{"a", {2, 3}}});
  const auto w = weights(archive);
  WeightReader reader(*w, kFloat32, "UNet");
  const at::Tensor a = reader.take("a", {2, 3});
  EXPECT_EQ(a.const_data_ptr(), archive.tensors[0].bytes.data());
  reader.finish();
}

TEST(WeightReader, ConvertsToTheDTypeAskedFor) {
  const auto w = weights(archive_of({{"a", {4}}}));
  WeightReader reader(*w, kFloat16, "UNet");
  const at::Tensor a = reader.take("a", {4});
  EXPECT_EQ(a.scalar_type(), at::kHalf);
  EXPECT_TRUE(a.to(at::kFloat).equal(at::arange(4, at::kFloat)));
}

TEST(WeightReader, TakesConvolutionsForLinearLayersAndBack) {
  const auto w = weights(archive_of({{"conv", {2, 3, 1, 1}}, {"linear", {2, 3}}}));
  WeightReader reader(*w, kFloat32, "VAE");
  EXPECT_TRUE(reader.take("conv", {2, 3}).equal(at::arange(6, at::kFloat).view({2, 3})));
  EXPECT_TRUE(
      reader.take("linear", {2, 3, 1, 1}).equal(at::arange(6, at::kFloat).view({2, 3, 1, 1})));
  reader.finish();
}

TEST(WeightReader, GivesUndefinedTensorForAbsentOptionalName) {
  const auto w = weights(archive_of({{"a", {1}}}));
  WeightReader reader(*w, kFloat32, "UNet");
  EXPECT_FALSE(reader.take_if_present("b", {1}).defined());
  EXPECT_TRUE(reader.take_if_present("a", {1}).defined());
  reader.finish();
}

TEST(WeightReader, ReportsEveryProblemAtOnce) {
  TensorArchive archive = archive_of({{"wide", {2, 3}}, {"left", {1}}, {"over", {1}}});
  archive.tensors.push_back(spoiled("nan", 100, 57, NAN));
  ArchiveTensor integers = counting_tensor("integers", {2});
  integers.dtype = DType::i32;
  archive.tensors.push_back(integers);
  const auto w = weights(archive);
  WeightReader reader(*w, kFloat32, "UNet");
  EXPECT_TRUE(reader.take("gone", {3, 2}).equal(at::zeros({3, 2})));
  reader.take("wide", {3, 3});
  reader.take("nan", {100});
  reader.take("integers", {2});
  EXPECT_EQ(error_text([&] { reader.finish(); }),
            "m.safetensors: UNet: 1 tensor is missing: \"gone\"\n"
            "m.safetensors: UNet: 2 tensors of the wrong shape or type: \"wide\" (expected [3, 3], "
            "found [2, 3]), \"integers\" (expected floating point, found Int)\n"
            "m.safetensors: UNet: 1 tensor with values that are not finite in Float: \"nan\"\n"
            "  hint: the file is damaged; use another copy\n"
            "m.safetensors: UNet: 2 tensors that no part of this model uses: \"left\", \"over\"\n"
            "  hint: the file is of another kind of model");
}

TEST(WeightReader, ReportsValuesThatFloat16CannotHold) {
  TensorArchive archive;
  archive.tensors.push_back(spoiled("big", 3, 2, -70000));
  const auto w = weights(archive);
  WeightReader reader(*w, kFloat16, "VAE");
  reader.take("big", {3});
  EXPECT_EQ(error_text([&] { reader.finish(); }),
            "m.safetensors: VAE: 1 tensor with values that are not finite in Half: \"big\"\n"
            "  hint: use dtype float32, or another copy of the file");
}

TEST(WeightReader, NamesEightTensorsAndCountsTheOthers) {
  const auto w = weights(archive_of({{"a", {1}}}));
  WeightReader reader(*w, kFloat32, "text encoder");
  reader.take("a", {1});
  for (int i = 0; i < 10; ++i) reader.take(fmt::format("n{}", i), {1});
  reader.take("n0", {1});
  EXPECT_EQ(error_text([&] { reader.finish(); }),
            "m.safetensors: text encoder: 10 tensors are missing: \"n0\", \"n1\", \"n2\", \"n3\", "
            "\"n4\", \"n5\", \"n6\", \"n7\" and 2 more");
}

TEST(WeightReader, ChecksEveryShapeThatATensorIsTakenWith) {
  const auto w = weights(archive_of({{"a", {2}}}));
  WeightReader reader(*w, kFloat32, "UNet");
  reader.take("a", {2});
  reader.take("a", {3});
  EXPECT_EQ(error_text([&] { reader.finish(); }),
            "m.safetensors: UNet: 1 tensor of the wrong shape or type: \"a\" (expected [3], found "
            "[2])");
}

TEST(WeightReader, StandsInForMissingTensorsWithoutMemory) {
  const auto w = weights(archive_of({{"a", {1}}}));
  WeightReader reader(*w, kFloat32, "UNet");
  const at::Tensor huge = reader.take("b", {1 << 20, 1 << 20});
  EXPECT_EQ(huge.numel(), std::int64_t{1} << 40);
  EXPECT_EQ(huge.storage().nbytes(), sizeof(float));
}

TEST(WeightReader, ChecksNamesAndShapesOnTheMetaDeviceWithoutReading) {
  TensorArchive archive;
  archive.tensors.push_back(spoiled("nan", 3, 1, NAN));
  const auto w = weights(archive);
  WeightReader reader(*w, {c10::Device(c10::DeviceType::Meta), at::kFloat}, "UNet");
  EXPECT_TRUE(reader.take("nan", {3}).is_meta());
  reader.finish();
  reader.take("gone", {4});
  EXPECT_EQ(error_text([&] { reader.finish(); }),
            "m.safetensors: UNet: 1 tensor is missing: \"gone\"");
}

}  // namespace
}  // namespace calotype
