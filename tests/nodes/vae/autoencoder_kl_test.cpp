#include "vae/autoencoder_kl.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "calotype/error.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

using Tensors = std::map<std::string, at::Tensor, std::less<>>;

void add_conv(Tensors& t, const std::string& name, std::int64_t in, std::int64_t out, int kernel) {
  t[name + ".weight"] = at::randn({out, in, kernel, kernel}) * 0.05;
  t[name + ".bias"] = at::randn({out}) * 0.05;
}

void add_norm(Tensors& t, const std::string& name, std::int64_t channels) {
  t[name + ".weight"] = at::ones({channels});
  t[name + ".bias"] = at::zeros({channels});
}

void add_res(Tensors& t, const std::string& name) {
  for (const char* part : {"1", "2"}) {
    add_norm(t, name + ".norm" + part, 32);
    add_conv(t, name + ".conv" + part, 32, 32, 3);
  }
}

/// A decoder of one level with 32 channels.
Tensors decoder() {
  at::manual_seed(1);
  Tensors t;
  add_conv(t, "post_quant_conv", 4, 4, 1);
  add_conv(t, "decoder.conv_in", 4, 32, 3);
  for (const char* name : {"decoder.mid.block_1", "decoder.mid.block_2", "decoder.up.0.block.0",
                           "decoder.up.0.block.1"}) {
    add_res(t, name);
  }
  add_norm(t, "decoder.mid.attn_1.norm", 32);
  for (const char* part : {"q", "k", "v", "proj_out"}) {
    add_conv(t, fmt::format("decoder.mid.attn_1.{}", part), 32, 32, 1);
  }
  add_norm(t, "decoder.norm_out", 32);
  add_conv(t, "decoder.conv_out", 32, 3, 3);
  return t;
}

AutoencoderHandle make(Tensors tensors, c10::ScalarType dtype = at::kFloat) {
  return make_autoencoder_kl(std::make_shared<const test::MapWeights>(std::move(tensors)),
                             {.dtype = dtype}, 0.5);
}

template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

TEST(AutoencoderKL, DecodesWithoutAnEncoder) {
  const auto vae = make(decoder());
  EXPECT_EQ(vae->downscale(), 1);
  EXPECT_EQ(vae->latent_channels(), 4);
  const at::Tensor picture = vae->decode(at::randn({2, 4, 6, 5}));
  EXPECT_EQ(picture.sizes().vec(), (std::vector<std::int64_t>{2, 3, 6, 5}));
  EXPECT_TRUE(picture.is_contiguous());
  EXPECT_GE(picture.min().item<float>(), 0.0F);
  EXPECT_LE(picture.max().item<float>(), 1.0F);
  EXPECT_EQ(error_of([&] {
              vae->encode(at::rand({1, 3, 6, 5}));
            }),
            "model.safetensors: this VAE has no encoder, so pictures cannot be encoded\n"
            "  hint: load a complete VAE with LoadVAE");
}

TEST(AutoencoderKL, ReadsOnlyTheHalfThatIsUsed) {
  Tensors tensors = decoder();
  add_conv(tensors, "encoder.conv_in", 3, 32, 3);
  const auto weights = std::make_shared<const test::MapWeights>(tensors);
  const auto vae = make_autoencoder_kl(weights, {}, 0.5);
  EXPECT_TRUE(weights->read.empty());
  vae->decode(at::randn({1, 4, 4, 4}));
  EXPECT_FALSE(weights->read.empty());
  EXPECT_EQ(std::count_if(weights->read.begin(), weights->read.end(),
                          [](const std::string& name) { return name.starts_with("encoder."); }),
            0);
  const auto reads = weights->read.size();
  vae->decode(at::randn({1, 4, 4, 4}));
  EXPECT_EQ(weights->read.size(), reads);
}

TEST(AutoencoderKL, TellsALatentThatIsNotFinite) {
  const auto vae = make(decoder(), at::kBFloat16);
  at::Tensor latent = at::randn({1, 4, 4, 4});
  latent[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error_of([&] { vae->decode(latent); }),
            "VAE decode produced NaN or infinite values\n"
            "  hint: the latent is not finite already; try another sampler, a lower guidance or "
            "dtype float32");
}

TEST(AutoencoderKL, RejectsLatentsOfAnotherShape) {
  const auto vae = make(decoder());
  EXPECT_EQ(error_of([&] {
              vae->decode(at::randn({1, 5, 4, 4}));
            }),
            "the VAE decodes latents [B, 4, h, w], got [1, 5, 4, 4]");
}

TEST(AutoencoderKL, NamesWhatIsOddAboutTheWeights) {
  Tensors tensors = decoder();
  tensors["decoder.up.0.block.0.conv1.weight"] = at::zeros({40, 32, 3, 3});
  EXPECT_EQ(error_of([&] { make(tensors); }),
            "model.safetensors: VAE: channels 40 are not a multiple of 32");
  EXPECT_EQ(error_of([&] { make({}); }),
            "model.safetensors: VAE: there is no tensor \"decoder.up.0.block.0.conv1.weight\"\n"
            "  hint: the file is not of a Stable Diffusion autoencoder");
}

TEST(AutoencoderKL, ReportsAMissingTensorBeforeReadingAny) {
  Tensors tensors = decoder();
  tensors.erase("decoder.conv_out.bias");
  const auto weights = std::make_shared<const test::MapWeights>(tensors);
  const auto vae = make_autoencoder_kl(weights, {}, 0.5);
  EXPECT_EQ(error_of([&] {
              vae->decode(at::randn({1, 4, 4, 4}));
            }),
            "model.safetensors: VAE decoder: 1 tensor is missing: \"decoder.conv_out.bias\"");
  EXPECT_TRUE(weights->read.empty());
}

}  // namespace

}  // namespace calotype
