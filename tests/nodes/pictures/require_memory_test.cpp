#include "pictures/require_memory.h"

#include <gtest/gtest.h>

#include "calotype/machine_memory.h"
#include "calotype/types/aten.h"
#include "inpaint/inpaint_crop.h"
#include "pictures/pad_image.h"
#include "pictures/picture_grid.h"
#include "pictures/resample.h"
#include "pictures/resize_image.h"
#include "sampling/latent_resize.h"
#include "support/error_text.h"
#include "upscale/upscale.h"

namespace calotype {
namespace {

using test::error_text;

/// Zeros that take no memory.
at::Tensor weightless(std::vector<std::int64_t> shape) { return at::zeros({}).expand(shape); }

std::string ending(const std::string& hint) {
  return ", this machine has " + memory_text(static_cast<double>(physical_memory())) +
         "\n  hint: " + hint;
}

/// What a node throws for pictures that no machine has memory for.
template <class Node>
std::string memory_error(const typename Node::Inputs& in, const typename Node::Params& p) {
  RunContext context;
  return error_text([&] { Node::run(in, p, context); });
}

TEST(RequireMemory, RefusesWhatTheMachineCannotHold) {
  EXPECT_EQ(error_text([] { require_memory(1, 512, 512, 12); }), "no error");
  EXPECT_EQ(error_text([] { require_memory(1, 1 << 30, 1 << 20, 1024); }),
            "1048576 x 1073741824 px would take about 1.0 EiB" + ending("choose a smaller size"));
  EXPECT_EQ(error_text([] { require_memory(4096, 1 << 20, 1 << 20, 12, "less"); }),
            "4096 pictures of 1048576 x 1048576 px would take about 48 PiB" + ending("less"));
}

TEST(RequireMemory, IsAskedBeforePicturesAreMade) {
  const Image many{weightless({1 << 20, 3, 64, 64})};
  EXPECT_EQ(memory_error<ResizeImage>({many, {}}, {.width = 16384, .height = 16384}),
            "1048576 pictures of 16384 x 16384 px would take about 6.0 PiB" +
                ending("choose a smaller size"));
  EXPECT_EQ(memory_error<Upscale>({many, {}}, {.width = 16384, .height = 16384}),
            "1048576 pictures of 16384 x 16384 px would take about 6.0 PiB" +
                ending("choose a smaller size"));
  EXPECT_EQ(memory_error<PadImage>({many, {}}, {.left = 8192, .top = 8192}),
            "1048576 pictures of 8256 x 8256 px would take about 1.5 PiB" +
                ending("choose a smaller border"));
  const Image dots{weightless({1, 3, 1, 1 << 29})};
  EXPECT_EQ(memory_error<PictureGrid>({{dots, dots}}, {.columns = 1, .gap = 1024}),
            "536870912 x 1026 px would take about 6.0 TiB" +
                ending("choose a smaller gap, or resize the pictures first"));
}

TEST(RequireMemory, IsAskedBeforeLatentsAreMade) {
  EXPECT_EQ(memory_error<LatentResize>({{weightless({4096, 4, 8, 8})}},
                                       {.width = 1048576, .height = 1048576}),
            "4096 pictures of 1048576 x 1048576 px would take about 1.0 PiB" +
                ending("use a smaller scale, width or height"));
}

TEST(RequireMemory, IsForetoldByParametersWhereTheyTell) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(TypedNode<ResizeImage>().schema().memory->params, (Names{"width", "height"}));
  EXPECT_EQ(TypedNode<InpaintCrop>().schema().memory->params, (Names{"width", "height"}));
}

}  // namespace
}  // namespace calotype
