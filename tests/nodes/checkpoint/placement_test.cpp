#include "checkpoint/placement.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "support/error_text.h"

namespace calotype {
namespace {

constexpr Machine kCpuOnly{0, true}, kTwoGpus{2, true};
constexpr auto kRoles = {ModelRole::denoiser, ModelRole::text_encoder, ModelRole::autoencoder};

Placement place(std::string_view device, DTypeChoice dtype, ModelRole role, const Machine& m) {
  return resolve_placement(device, dtype, role, m);
}

std::string refusal(std::string_view device, const Machine& machine) {
  return test::error_text(
      [&] { place(device, DTypeChoice::float32, ModelRole::denoiser, machine); });
}

TEST(Placement, IsFloat32OnTheCpuWhenNothingIsChosen) {
  for (const ModelRole role : kRoles) {
    const Placement p = place("auto", DTypeChoice::automatic, role, kCpuOnly);
    EXPECT_TRUE(p.device.is_cpu());
    EXPECT_EQ(p.dtype, at::kFloat);
  }
}

TEST(Placement, IsHalfPrecisionOnCudaWhenNothingIsChosen) {
  const auto dtype = [](ModelRole role) {
    const Placement p = place("auto", DTypeChoice::automatic, role, kTwoGpus);
    EXPECT_EQ(p.device, c10::Device("cuda:0"));
    return p.dtype;
  };
  EXPECT_EQ(dtype(ModelRole::denoiser), at::kHalf);
  EXPECT_EQ(dtype(ModelRole::text_encoder), at::kHalf);
  EXPECT_EQ(dtype(ModelRole::autoencoder), at::kBFloat16);
}

TEST(Placement, IsFloat32ForTheVaeOfAGpuThatOnlyEmulatesBfloat16) {
  const Machine old{.cuda_devices = 1, .cuda_bfloat16 = false};
  EXPECT_EQ(place("auto", DTypeChoice::automatic, ModelRole::autoencoder, old).dtype, at::kFloat);
  EXPECT_EQ(place("auto", DTypeChoice::automatic, ModelRole::denoiser, old).dtype, at::kHalf);
}

TEST(Placement, FollowsExplicitChoices) {
  const Placement p = place("cuda:1", DTypeChoice::float32, ModelRole::denoiser, kTwoGpus);
  EXPECT_EQ(p.device, c10::Device("cuda:1"));
  EXPECT_EQ(p.dtype, at::kFloat);
  EXPECT_EQ(place("cpu", DTypeChoice::bfloat16, ModelRole::denoiser, kTwoGpus).dtype,
            at::kBFloat16);
  EXPECT_TRUE(place("cpu", DTypeChoice::automatic, ModelRole::denoiser, kTwoGpus).device.is_cpu());
  EXPECT_EQ(place("cuda", DTypeChoice::float16, ModelRole::autoencoder, kTwoGpus).dtype, at::kHalf);
}

TEST(Placement, RefusesDevicesThatDoNotExist) {
  EXPECT_EQ(refusal("cuda", kCpuOnly),
            "device \"cuda\" does not exist: this machine (or this torch) has no CUDA device\n"
            "  hint: use device \"cpu\" or \"auto\"");
  EXPECT_EQ(refusal("cuda:2", kTwoGpus),
            "device \"cuda:2\" does not exist: this machine has 2 CUDA devices\n"
            "  hint: device numbers begin at 0");
  EXPECT_EQ(refusal("cuda:1", Machine{1, true}),
            "device \"cuda:1\" does not exist: this machine has 1 CUDA device\n"
            "  hint: device numbers begin at 0");
}

TEST(Placement, RefusesWordsThatAreNoDevice) {
  for (const char* word : {"gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda:999999999999", "CPU", ""}) {
    EXPECT_EQ(refusal(word, kTwoGpus),
              "device " + quote(word) +
                  " is unknown: expected \"auto\", \"cpu\", \"cuda\" or \"cuda:N\"");
  }
}

TEST(Placement, RefusesFloat16WhereTorchCannotComputeIt) {
  EXPECT_EQ(test::error_text([] {
              place("cpu", DTypeChoice::float16, ModelRole::denoiser, Machine{0, false});
            }),
            "this torch cannot compute float16 on the CPU\n"
            "  hint: use dtype float32 or bfloat16");
  EXPECT_EQ(place("cpu", DTypeChoice::float16, ModelRole::denoiser, kCpuOnly).dtype, at::kHalf);
}

TEST(Placement, AsksTorchForTheMachine) {
  EXPECT_EQ(this_machine().cuda_devices > 0, at::hasCUDA());
}

}  // namespace
}  // namespace calotype
