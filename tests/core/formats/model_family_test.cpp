#include "calotype/model_family.h"

#include <gtest/gtest.h>

#include <map>

namespace calotype {
namespace {

using Shape = std::vector<std::int64_t>;
using Shapes = std::map<std::string, Shape, std::less<>>;

/// The outline of a network with two levels of one block each.
struct Outline {
  std::int64_t channels = 4;
  bool linear = false;
  std::string label;
  bool first = true;
  bool last = false;
};

Shapes shapes_of(const Outline& outline) {
  const Shape projection = outline.linear ? Shape{32, 32} : Shape{32, 32, 1, 1};
  Shapes shapes = {{"input_blocks.0.0.weight", {32, outline.channels, 3, 3}},
                   {"input_blocks.1.0.in_layers.2.weight", {32, 32, 3, 3}},
                   {"input_blocks.2.0.op.weight", {32, 32, 3, 3}},
                   {"input_blocks.3.0.in_layers.2.weight", {32, 32, 3, 3}},
                   {"middle_block.1.proj_in.weight", projection}};
  if (outline.first) shapes["input_blocks.1.1.proj_in.weight"] = projection;
  if (outline.last) shapes["input_blocks.3.1.proj_in.weight"] = projection;
  if (!outline.label.empty()) shapes[outline.label] = {1, 1};
  return shapes;
}

std::optional<ModelKind> recognise(const Shapes& shapes) {
  return recognise_unet([&](std::string_view name) {
    const auto found = shapes.find(name);
    return found == shapes.end() ? nullptr : &found->second;
  });
}

std::string text_of(const Outline& outline) { return to_text(*recognise(shapes_of(outline))); }

TEST(ModelFamily, IsToldByStructure) {
  EXPECT_EQ(text_of({}), "SD 1.x");
  EXPECT_EQ(text_of({.channels = 9}), "SD 1.x inpainting");
  EXPECT_EQ(text_of({.channels = 8}), "SD 1.x InstructPix2Pix");
  EXPECT_EQ(text_of({.channels = 16}), "SD 1.x with 16 input channels");
  EXPECT_EQ(text_of({.linear = true}), "SD 2.x");
  EXPECT_EQ(text_of({.channels = 9, .linear = true}), "SD 2.x inpainting");
  EXPECT_EQ(text_of({.channels = 5, .linear = true}), "SD 2.x depth");
  EXPECT_EQ(text_of({.channels = 7, .linear = true, .label = "label_emb.weight"}),
            "the x4 upscaler");
  const std::string vector = "label_emb.0.0.weight";
  EXPECT_EQ(text_of({.linear = true, .label = vector}), "SD 2.x unCLIP");
  const auto xl = [&](std::int64_t channels, bool last) {
    return text_of(
        {.channels = channels, .linear = true, .label = vector, .first = false, .last = last});
  };
  EXPECT_EQ(xl(4, true), "SDXL base");
  EXPECT_EQ(xl(9, true), "SDXL inpainting");
  EXPECT_EQ(xl(4, false), "SDXL refiner");
}

TEST(ModelFamily, IsUnknownForOtherNetworks) {
  EXPECT_EQ(recognise({{"double_blocks.0.weight", {1}}}), std::nullopt);
  EXPECT_EQ(recognise({{"input_blocks.0.0.weight", {1, 4}}}), std::nullopt);
  Shapes shapes = shapes_of({});
  shapes.erase("middle_block.1.proj_in.weight");
  EXPECT_EQ(recognise(shapes), std::nullopt);
}

}  // namespace
}  // namespace calotype
