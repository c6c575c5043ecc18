#include "text/clip_text_encoder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
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

/// The same network in OpenCLIP's names, with a projection to 24 numbers and the buffers that
/// checkpoints carry along.
Tensors in_open_clip_names(const Tensors& hf) {
  Tensors t;
  const auto take = [&](const std::string& name) { return hf.at("text_model." + name); };
  t["token_embedding.weight"] = take("embeddings.token_embedding.weight");
  t["positional_embedding"] = take("embeddings.position_embedding.weight");
  for (const int i : {0, 1}) {
    const std::string from = fmt::format("encoder.layers.{}.", i);
    const std::string to = fmt::format("transformer.resblocks.{}.", i);
    for (const char* end : {"weight", "bias"}) {
      const auto part = [&](const char* name) {
        return take(fmt::format("{}self_attn.{}.{}", from, name, end));
      };
      t[to + "attn.in_proj_" + end] = at::cat({part("q_proj"), part("k_proj"), part("v_proj")});
      const auto same = [&](const char* ours, const char* theirs) {
        t[fmt::format("{}{}.{}", to, ours, end)] = take(fmt::format("{}{}.{}", from, theirs, end));
      };
      same("attn.out_proj", "self_attn.out_proj");
      same("ln_1", "layer_norm1");
      same("ln_2", "layer_norm2");
      same("mlp.c_fc", "mlp.fc1");
      same("mlp.c_proj", "mlp.fc2");
    }
  }
  t["ln_final.weight"] = take("final_layer_norm.weight");
  t["ln_final.bias"] = take("final_layer_norm.bias");
  t["text_projection"] = at::randn({32, 24});
  t["logit_scale"] = at::ones({});
  t["attn_mask"] = at::full({77, 77}, -INFINITY).triu(1);
  return t;
}

TEST(ClipTextEncoder, ComputesTheSameInEitherLayout) {
  Tensors hf = small("text_model.");
  Tensors open_clip = in_open_clip_names(hf);
  hf["text_projection.weight"] = open_clip["text_projection"].t().contiguous();
  hf["text_model.embeddings.position_ids"] = at::arange(77).unsqueeze(0);
  const ClipTextRules rules{
      .activation = ClipActivation::gelu, .skipped_layers = 1, .pooled = true};
  const auto ids = at::randint(50, {2, 77}, at::kLong);
  const auto one = make(hf, rules), other = make(open_clip, rules);
  EXPECT_EQ(other->layers(), 1);
  EXPECT_EQ(other->pooled_width(), 24);
  EXPECT_TRUE(one->encode(ids, 0).context.equal(other->encode(ids, 0).context));
  EXPECT_TRUE(one->encode(ids, 0).pooled.equal(other->encode(ids, 0).pooled));
  EXPECT_EQ(other->encode(ids, 0).pooled.sizes(), (std::vector<std::int64_t>{2, 24}));
}

TEST(ClipTextEncoder, DoesNotReadTheLayersThatAFamilyLeavesOut) {
  const auto file =
      std::make_shared<const test::MapWeights>(in_open_clip_names(small("text_model.")));
  const auto encoder = make_open_clip_text_encoder(file, {}, nullptr);
  ASSERT_EQ(encoder->towers.size(), 1u);
  EXPECT_EQ(encoder->towers[0]->pad_id(), 0);
  EXPECT_EQ(encoder->layers(), 1);
  EXPECT_EQ(encoder->pooled_width(), 0);
  EXPECT_TRUE(file->read.empty());
  encoder->towers[0]->encode(at::zeros({1, 77}, at::kLong), 0);
  EXPECT_FALSE(file->read.empty());
  for (const std::string& name : file->read) {
    EXPECT_FALSE(name.starts_with("transformer.resblocks.1.") || name == "text_projection") << name;
  }
}

TEST(ClipTextEncoder, TakesAllLayersOfAFileThatHasLostTheLast) {
  const auto encoder = make_open_clip_text_encoder(weights(small("text_model.")), {}, nullptr);
  EXPECT_EQ(encoder->layers(), 2);
}

TEST(ClipTextEncoder, OfSdxlIsTwoTowersWithZerosForEmptyText) {
  const auto open_clip = weights(in_open_clip_names(small("text_model.")));
  const auto base =
      make_sdxl_text_encoder(weights(small("text_model.")), open_clip, {}, nullptr, true);
  EXPECT_EQ(base->width(), 64);
  EXPECT_EQ(base->pooled_width(), 24);
  EXPECT_EQ(base->layers(), 1);
  EXPECT_TRUE(base->zero_empty_text);
  EXPECT_EQ(base->towers.at(0)->pad_id(), 49407);
  EXPECT_EQ(base->towers.at(1)->pad_id(), 0);
  EXPECT_EQ(base->memory().host, base->towers[0]->memory().host + base->towers[1]->memory().host);
  const auto refiner = make_sdxl_refiner_text_encoder(open_clip, {}, nullptr);
  EXPECT_EQ(refiner->width(), 32);
  EXPECT_FALSE(refiner->zero_empty_text);
}

TEST(ClipTextEncoder, NamesTheProjectionThatIsMissing) {
  Tensors t = in_open_clip_names(small("text_model."));
  t.erase("text_projection");
  EXPECT_EQ(error_of([&] { make_sdxl_refiner_text_encoder(weights(t), {}, nullptr); }),
            "model.safetensors: text encoder: there is no tensor \"text_projection\"");
}

TEST(ClipTextEncoder, NamesWhatIsMissingAndLeftOverBeforeAnyDataIsRead) {
  Tensors t = in_open_clip_names(small("text_model."));
  t.erase("transformer.resblocks.0.attn.in_proj_bias");
  t["transformer.extra"] = at::ones({1});
  EXPECT_EQ(error_of([&] { make_open_clip_text_encoder(weights(t), {}, nullptr); }),
            "model.safetensors: text encoder: 1 tensor is missing: "
            "\"transformer.resblocks.0.attn.in_proj_bias\"\n"
            "model.safetensors: text encoder: 1 tensor that no part of this model uses: "
            "\"transformer.extra\"\n"
            "  hint: the file is of another kind of model");
}

TEST(ClipTextEncoder, RejectsAFileWithoutTheLayerBeforeTheLast) {
  Tensors t = in_open_clip_names(small("text_model."));
  std::erase_if(
      t, [](const auto& item) { return item.first.starts_with("transformer.resblocks.1."); });
  EXPECT_EQ(error_of([&] { make_open_clip_text_encoder(weights(t), {}, nullptr); }),
            "model.safetensors: text encoder: there are 1 layers, this kind of model has at least "
            "2");
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

/// ViT-H in OpenCLIP's names, shapes only.
Tensors vit_h(int layers) {
  Tensors t;
  const auto add = [&](const std::string& name, std::initializer_list<std::int64_t> shape) {
    t[name] = at::zeros({}, at::kFloat).expand(at::IntArrayRef(shape));
  };
  add("token_embedding.weight", {49408, 1024});
  add("positional_embedding", {77, 1024});
  for (int i = 0; i < layers; ++i) {
    const std::string layer = fmt::format("transformer.resblocks.{}.", i);
    for (const char* norm : {"ln_1", "ln_2"}) {
      add(layer + norm + ".weight", {1024});
      add(layer + norm + ".bias", {1024});
    }
    add(layer + "attn.in_proj_weight", {3072, 1024});
    add(layer + "attn.in_proj_bias", {3072});
    add(layer + "attn.out_proj.weight", {1024, 1024});
    add(layer + "attn.out_proj.bias", {1024});
    add(layer + "mlp.c_fc.weight", {4096, 1024});
    add(layer + "mlp.c_fc.bias", {4096});
    add(layer + "mlp.c_proj.weight", {1024, 4096});
    add(layer + "mlp.c_proj.bias", {1024});
  }
  add("ln_final.weight", {1024});
  add("ln_final.bias", {1024});
  return t;
}

TEST(ClipTextEncoder, UsesTheSame23LayersOfViTHWithAndWithoutTheLastInTheFile) {
  for (const int layers : {23, 24}) {
    const auto encoder = make_open_clip_text_encoder(weights(vit_h(layers)), {}, nullptr);
    EXPECT_EQ(encoder->layers(), 23) << layers;
  }
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
