#include "checkpoint/checkpoint_family.h"

#include <gtest/gtest.h>

#include "checkpoint/named_weights.h"
#include "support/archives.h"
#include "support/error_text.h"

namespace calotype {
namespace {

std::shared_ptr<const Weights> unet(std::int64_t channels, std::int64_t context, bool label) {
  std::vector<test::NamedShape> tensors = {{"input_blocks.0.0.weight", {2, channels, 3, 3}}};
  if (context > 0) {
    tensors.push_back({"input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", {2, context}});
  }
  if (label) tensors.push_back({"label_emb.0.0.weight", {1, 1}});
  return name_weights("m.safetensors", test::archive_of(tensors),
                      [](std::string_view n) { return std::string(n); });
}

TEST(CheckpointFamily, RecognisesTheKnownFamilies) {
  EXPECT_EQ(recognise_unet(*unet(4, 768, false)), "SD 1.x");
  EXPECT_EQ(recognise_unet(*unet(4, 32, false)), "SD 1.x");
  EXPECT_EQ(recognise_unet(*unet(9, 768, false)), "SD 1.x inpainting");
  EXPECT_EQ(recognise_unet(*unet(8, 768, false)), "SD 1.x InstructPix2Pix");
  EXPECT_EQ(recognise_unet(*unet(4, 1024, false)), "SD 2.x");
  EXPECT_EQ(recognise_unet(*unet(9, 1024, false)), "SD 2.x inpainting");
  EXPECT_EQ(recognise_unet(*unet(5, 1024, false)), "SD 2.x depth");
  EXPECT_EQ(recognise_unet(*unet(4, 1024, true)), "SD 2.x unCLIP");
  EXPECT_EQ(recognise_unet(*unet(7, 1024, true)), "the x4 upscaler");
  EXPECT_EQ(recognise_unet(*unet(4, 2048, true)), "SDXL base");
  EXPECT_EQ(recognise_unet(*unet(9, 2048, true)), "SDXL inpainting");
  EXPECT_EQ(recognise_unet(*unet(4, 1280, true)), "SDXL refiner");
  EXPECT_EQ(recognise_unet(*unet(16, 768, false)), "SD 1.x with 16 input channels");
  EXPECT_EQ(recognise_unet(*unet(4, 0, false)), "a UNet without text context");
}

TEST(CheckpointFamily, DoesNotTakeOtherNetworksForAUNet) {
  const auto other = name_weights("m", test::archive_of({{"double_blocks.0.weight", {1}}}),
                                  [](std::string_view n) { return std::string(n); });
  EXPECT_EQ(recognise_unet(*other), "a network that is no Stable Diffusion UNet");
}

TEST(CheckpointFamily, RefusesWhatIsNotSd1) {
  EXPECT_EQ(test::error_text([] { require_sd1(*unet(4, 2048, true)); }),
            "m.safetensors: found SDXL base, this version reads SD 1.x text-to-image\n"
            "  hint: use a model of the SD 1.x family; set family to \"sd1\" if it is one");
  EXPECT_EQ(test::error_text([] { require_sd1(*unet(4, 768, false)); }), "no error");
}

}  // namespace
}  // namespace calotype
