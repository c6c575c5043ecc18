#include "text/clip_text_encoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "calotype/error.h"
#include "support/map_weights.h"

namespace calotype {

namespace {

using Tensors = std::map<std::string, at::Tensor, std::less<>>;

/// Two layers of width 32 over a vocabulary of 50.
Tensors small(const std::string& prefix) {
  at::manual_seed(1);
  Tensors t;
  const auto add = [&](const std::string& name, at::IntArrayRef shape) {
    t[prefix + name] = at::randn(shape) * 0.2;
  };
  add("embeddings.token_embedding.weight", {50, 32});
  add("embeddings.position_embedding.weight", {77, 32});
  for (const int i : {0, 1}) {
    const std::string layer = fmt::format("encoder.layers.{}.", i);
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      add(fmt::format("{}self_attn.{}.weight", layer, part), {32, 32});
      add(fmt::format("{}self_attn.{}.bias", layer, part), {32});
    }
    for (const char* part : {"layer_norm1", "layer_norm2"}) {
      add(layer + part + ".weight", {32});
      add(layer + part + ".bias", {32});
    }
    add(layer + "mlp.fc1.weight", {96, 32});
    add(layer + "mlp.fc1.bias", {96});
    add(layer + "mlp.fc2.weight", {32, 96});
    add(layer + "mlp.fc2.bias", {32});
  }
  add("final_layer_norm.weight", {32});
  add("final_layer_norm.bias", {32});
  return t;
}

std::shared_ptr<const Weights> weights(Tensors tensors) {
  return std::make_shared<const test::MapWeights>(std::move(tensors));
}

std::shared_ptr<const TextTower> make(Tensors tensors, const ClipTextRules& rules = {}) {
  return make_clip_text_tower(weights(std::move(tensors)), {}, rules);
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

TEST(ClipTextEncoder, TakesNamesWithAndWithoutTheModelSegment) {
  const auto ids = at::randint(50, {2, 77}, at::kLong);
  const auto with = make(small("text_model."));
  const auto without = make(small(""));
  EXPECT_EQ(with->width(), 32);
  EXPECT_EQ(with->layers(), 2);
  EXPECT_EQ(with->pad_id(), 49407);
  EXPECT_TRUE(at::equal(with->encode(ids, 0).context, without->encode(ids, 0).context));
}

TEST(ClipTextEncoder, LooksBackOnly) {
  const auto encoder = make(small("text_model."));
  at::Tensor ids = at::zeros({1, 77}, at::kLong);
  const at::Tensor before = encoder->encode(ids, 0).context;
  ids[0][40] = 7;
  const at::Tensor after = encoder->encode(ids, 0).context;
  EXPECT_TRUE(at::allclose(before.narrow(1, 0, 40), after.narrow(1, 0, 40), 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(before.narrow(1, 40, 37), after.narrow(1, 40, 37), 1e-5, 1e-6));
}

TEST(ClipTextEncoder, RejectsIdsOutsideTheVocabulary) {
  const auto encoder = make(small("text_model."));
  EXPECT_EQ(error_of([&] {
              encoder->encode(at::full({1, 77}, 50, at::kLong), 0);
            }),
            "token ids must be in 0..49, got 50..50\n"
            "  hint: the tokenizer is of another kind of model");
}

TEST(ClipTextEncoder, RejectsIdsOfAnotherForm) {
  const auto encoder = make(small("text_model."));
  EXPECT_EQ(error_of([&] {
              encoder->encode(at::zeros({1, 78}, at::kLong), 0);
            }),
            "the text encoder takes int64 ids [N, T] with T up to 77, got Long [1, 78]");
}

TEST(ClipTextEncoder, RejectsAClipSkipThatLeavesNoLayer) {
  const auto encoder = make(small("text_model."));
  EXPECT_EQ(error_of([&] {
              encoder->encode(at::zeros({1, 77}, at::kLong), 2);
            }),
            "clip_skip must be in 0..1, got 2");
}

TEST(ClipTextEncoder, NamesTheTensorThatIsMissing) {
  EXPECT_EQ(error_of([] { make({}); }),
            "model.safetensors: text encoder: there is no tensor "
            "\"embeddings.token_embedding.weight\"");
}

TEST(ClipTextEncoder, RejectsAWidthThatHeadsDoNotDivide) {
  Tensors t = small("text_model.");
  t["text_model.embeddings.token_embedding.weight"] = at::zeros({50, 129});
  EXPECT_EQ(error_of([&] { make(t); }),
            "model.safetensors: text encoder: width 129 does not divide into 2 heads");
}

}  // namespace

}  // namespace calotype
