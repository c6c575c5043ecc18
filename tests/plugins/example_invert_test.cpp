#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "calotype/plugin.h"
#include "calotype/types.h"
#include "calotype/types/aten.h"

namespace calotype {
namespace {

/// The node of the built plugin, called as the engine calls it.
class ExampleInvert : public testing::Test {
 protected:
  ExampleInvert() {
    load_plugin(registry_, CALOTYPE_BINARY_DIR "/lib/calotype/plugins/example_invert.so");
  }

  at::Tensor run(const at::Tensor& pixels, double amount, std::vector<Value> mask = {}) {
    const std::vector<std::vector<Value>> inputs = {{Value::of(Image{pixels})}, std::move(mask)};
    const std::vector<ParamValue> params = {amount};
    RunContext context;
    return registry_.node("example.Invert")
        ->run({inputs, params, context})
        .at(0)
        .as<Image>()
        .pixels;
  }

  Registry registry_;
  const at::Tensor pixels_ = at::arange(24).reshape({1, 3, 2, 4}).to(at::kFloat) / 23;
};

TEST_F(ExampleInvert, DeclaresItsPortsAndItsParameter) {
  const NodeSchema& schema = *registry_.schema("example.Invert");
  EXPECT_EQ(schema.plugin, "example.invert");
  EXPECT_EQ(schema.input("image")->type, "Image");
  EXPECT_TRUE(schema.input("mask")->optional);
  EXPECT_EQ(schema.param("amount")->default_value, ParamValue(1.0));
  EXPECT_EQ(schema.param("amount")->max, 1.0);
  EXPECT_EQ(schema.output("image")->type, "Image");
}

TEST_F(ExampleInvert, InvertsEveryPixel) {
  EXPECT_TRUE(at::allclose(run(pixels_, 1), 1 - pixels_));
}

TEST_F(ExampleInvert, KeepsThePictureWhenTheAmountIsZero) {
  EXPECT_TRUE(at::equal(run(pixels_, 0), pixels_));
}

TEST_F(ExampleInvert, GoesAsFarAsTheAmountSays) {
  EXPECT_TRUE(at::allclose(run(pixels_, 0.25), 0.75 * pixels_ + 0.25 * (1 - pixels_)));
}

TEST_F(ExampleInvert, LeavesAloneWhatTheMaskDoesNotCover) {
  at::Tensor alpha = at::zeros({1, 1, 2, 4});
  alpha.select(2, 1).fill_(1);  // the lower row
  const at::Tensor result = run(pixels_, 1, {Value::of(Mask{alpha})});
  EXPECT_TRUE(at::equal(result.select(2, 0), pixels_.select(2, 0)));
  EXPECT_TRUE(at::allclose(result.select(2, 1), 1 - pixels_.select(2, 1)));
}

TEST_F(ExampleInvert, IsATypeThatTheHostKnowsToo) {
  EXPECT_EQ(registry_.port_type("Image"), &PortTraits<Image>::type());
}

}  // namespace
}  // namespace calotype
