#include "calotype/compvis_config.h"

#include <gtest/gtest.h>

#include <string>

#include "support/error_text.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

using Parameterization = CompvisConfig::Parameterization;

CompvisConfig parse(std::string_view yaml) { return parse_compvis_config(yaml, "m.yaml"); }
std::string refusal(std::string_view yaml) {
  return test::error_text([&] { parse(yaml); });
}

TEST(CompvisConfig, ReadsTheOriginalForm) {
  const CompvisConfig config = parse(R"(model:
  base_learning_rate: 1.0e-4
  target: ldm.models.diffusion.ddpm.LatentDiffusion
  params:
    parameterization: "v"
    linear_start: 0.00085
    linear_end: 0.0120
    scale_factor: 0.18215  # of the autoencoder
    use_ema: False
    unet_config:
      target: ldm.modules.diffusionmodules.openaimodel.UNetModel
      params:
        in_channels: 4
        num_head_channels: 64 # need to fix for flash-attn
        context_dim: 1024
        channel_mult: [ 1, 2, 4, 4 ]
)");
  EXPECT_EQ(config.parameterization, Parameterization::v);
  EXPECT_EQ(config.linear_start, 0.00085);
  EXPECT_EQ(config.linear_end, 0.012);
  EXPECT_EQ(config.scale_factor, 0.18215);
  EXPECT_EQ(config.in_channels, 4);
  EXPECT_EQ(config.context_dim, 1024);
}

TEST(CompvisConfig, ReadsTheParameterizationAlone) {
  EXPECT_EQ(parse("model: {params: {parameterization: v}}").parameterization, Parameterization::v);
}

TEST(CompvisConfig, TakesSilenceForEpsilonInTheOriginalForm) {
  const CompvisConfig config = parse("model: {params: {unet_config: {params: {in_channels: 9}}}}");
  EXPECT_EQ(config.parameterization, Parameterization::epsilon);
  EXPECT_EQ(config.in_channels, 9);
  EXPECT_EQ(config.scale_factor, std::nullopt);
  EXPECT_EQ(config.context_dim, std::nullopt);
}

TEST(CompvisConfig, ReadsTheFormOfGenerativeModels) {
  const auto with = [](const std::string& scaling) {
    return parse(R"(model: {params: {scale_factor: 0.13025,
      denoiser_config: {params: {scaling_config: {target: )" +
                 scaling + R"(}}},
      network_config: {params: {in_channels: 4, context_dim: 2048}}}})");
  };
  const std::string module = "sgm.modules.diffusionmodules.denoiser_scaling.";
  EXPECT_EQ(with(module + "EpsScaling").parameterization, Parameterization::epsilon);
  EXPECT_EQ(with(module + "VScaling").parameterization, Parameterization::v);
  EXPECT_EQ(with(module + "VScaling").context_dim, 2048);
  EXPECT_EQ(parse("model: {params: {scale_factor: 1}}").parameterization, std::nullopt);
  EXPECT_EQ(test::error_text([&] { with("EDMScaling"); }),
            "m.yaml:2:59: \"target\" is \"EDMScaling\": expected the class EpsScaling or VScaling");
}

TEST(CompvisConfig, RefusesValuesOfAnotherKind) {
  EXPECT_EQ(refusal("model:\n  params:\n    scale_factor: -1"),
            "m.yaml:3:19: \"scale_factor\" is \"-1\": expected a positive number");
  EXPECT_EQ(refusal("model: {params: {scale_factor: .inf}}"),
            "m.yaml:1:32: \"scale_factor\" is \".inf\": expected a positive number");
  EXPECT_EQ(refusal("model: {params: {linear_end: 2}}"),
            "m.yaml:1:30: \"linear_end\" is \"2\": expected a number in 0..1");
  EXPECT_EQ(refusal("model: {params: {unet_config: {params: {in_channels: [4]}}}}"),
            "m.yaml:1:54: \"in_channels\" is a list or map: expected an integer in 1..8192");
  EXPECT_EQ(refusal("model: {params: {unet_config: {params: {context_dim: 1e9}}}}"),
            "m.yaml:1:54: \"context_dim\" is \"1e9\": expected an integer in 1..8192");
  EXPECT_EQ(refusal("model: {params: {parameterization: x0, unet_config: {params: {}}}}"),
            "m.yaml:1:36: \"parameterization\" is \"x0\": expected \"eps\" or \"v\"");
}

TEST(CompvisConfig, RefusesFilesThatAreNoConfiguration) {
  const std::string missing =
      "m.yaml: there is no mapping \"model.params\"\n"
      "  hint: take the configuration file that was published with the model, or move it away";
  for (const char* yaml : {"", "3", "[model]", "a: 1", "model: x", "model: {params: 1}",
                           "model:\n  params:\n", "&a [*a]"}) {
    EXPECT_EQ(refusal(yaml), missing) << yaml;
  }
  EXPECT_EQ(refusal("model: [1"), "m.yaml: not a YAML file: end of sequence flow not found");
  for (const char bracket : {'[', '{'}) {
    const std::string text = refusal(std::string(50'000, bracket));
    EXPECT_NE(text.find("not a YAML file"), std::string::npos) << text;
  }
}

TEST(CompvisConfig, RefusesCrowdedFilesOfTheLargestSize) {
  const auto filled = [](const std::string& head, const std::string& piece) {
    std::string text = head;
    while (text.size() + piece.size() < kMaxCompvisConfig) text += piece;
    return text;
  };
  for (const auto& yaml : {filled("[", "1,"), filled("{", "a: b,"), filled("", "- \n"),
                           filled("x: &a [1, 2]\ny: [", "*a,"), filled("", "? "),
                           filled("model:\n", " a: b\n"), filled("\"", "\\n"), filled("", "|\n")}) {
    EXPECT_TRUE(refusal(yaml).starts_with("m.yaml")) << yaml.substr(0, 20);
  }
}

TEST(CompvisConfig, RefusesLargeFiles) {
  const test::TempDir dir;
  const auto file = dir.write("m.yaml", std::string(kMaxCompvisConfig + 1, ' '));
  EXPECT_EQ(test::error_text([&] { read_compvis_config(file); }),
            file.string() + ": above 64 KiB, too large for a configuration");
  const auto small = dir.write("s.yaml", "model: {params: {scale_factor: 0.5}}");
  EXPECT_EQ(read_compvis_config(small).scale_factor, 0.5);
}

}  // namespace
}  // namespace calotype
