#include "text/text_encode.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/tiny_merges.h"

namespace calotype {
namespace {

/// Two numbers per token: its id / 10000 and 1 + clip_skip. Counts calls. Pooled: the sum of ids.
class FakeTower final : public TextTower {
 public:
  explicit FakeTower(std::int32_t pad_id = 0, std::int64_t pooled_width = 0,
                     std::int64_t layers = 12)
      : pad_id_(pad_id), pooled_width_(pooled_width), layers_(layers) {}

  std::int32_t pad_id() const override { return pad_id_; }
  std::int64_t width() const override { return 2; }
  std::int64_t pooled_width() const override { return pooled_width_; }
  std::int64_t layers() const override { return layers_; }
  TextEncoding encode(const at::Tensor& ids, std::int64_t clip_skip) const override {
    ++calls;
    TextEncoding out;
    if (pooled_width_ > 0) out.pooled = ids.sum(1, true).to(at::kFloat);
    const at::Tensor z = ids.to(at::kFloat) / 10000;
    out.context = at::stack({z, at::full_like(z, 1 + static_cast<double>(clip_skip))}, -1);
    if (silent) out.context.zero_();
    return out;
  }
  MemoryUse memory() const override { return {}; }

  mutable int calls = 0;
  bool silent = false;  ///< gives zeros

 private:
  std::int32_t pad_id_;
  std::int64_t pooled_width_;
  std::int64_t layers_;
};

class TextEncodeNode : public testing::Test {
 protected:
  Conditioning run(const TextEncode::Params& params) {
    RunContext context;
    return TextEncode::run({std::make_shared<const TextEncoder>(encoder_)}, params, context)
        .conditioning;
  }
  at::Tensor encode(std::string text, PromptWeighting weighting, std::int64_t clip_skip = 0) {
    return run({std::move(text), clip_skip, weighting}).context;
  }
  std::string error(const TextEncode::Params& params) {
    return test::error_text([&] { run(params); });
  }
  std::vector<std::int32_t> ids(std::string_view text) const {
    return encoder_.tokenizer->encode(text);
  }

  test::TempDir dir_;
  std::shared_ptr<FakeTower> tower_ = std::make_shared<FakeTower>();
  TextEncoder encoder_{std::make_shared<const ClipTokenizer>(
                           dir_.write("merges.txt", test::join_lines(test::merge_lines()))),
                       {tower_}};
};

constexpr auto kA1111 = PromptWeighting::a1111;
constexpr auto kComfyUI = PromptWeighting::comfyui;
constexpr auto kNone = PromptWeighting::none;

TEST_F(TextEncodeNode, FramesShortTextAsOneChunk) {
  const at::Tensor z = encode("cat dog", kNone);
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{1, 77, 2}));
  EXPECT_EQ(z.scalar_type(), at::kFloat);
  const auto words = ids("cat dog");
  ASSERT_EQ(words.size(), 2u);
  const at::Tensor first = z[0].select(1, 0);
  EXPECT_FLOAT_EQ(first[0].item<float>(), 4.9406F);
  EXPECT_FLOAT_EQ(first[1].item<float>(), static_cast<float>(words[0]) / 10000);
  EXPECT_FLOAT_EQ(first[2].item<float>(), static_cast<float>(words[1]) / 10000);
  EXPECT_FLOAT_EQ(first[3].item<float>(), 4.9407F);
  EXPECT_EQ(first[4].item<float>(), 0);
}

TEST_F(TextEncodeNode, JoinsChunksOfLongTextAlongTheTokens) {
  std::string text;
  for (int i = 0; i < 76; ++i) text += "cat ";
  const at::Tensor z = encode(text, kNone);
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{1, 154, 2}));
  EXPECT_TRUE(z.narrow(1, 77, 77).equal(encode("cat", kNone)));
}

std::string breaks(int count) {
  std::string text = "cat";
  for (int i = 0; i < count; ++i) text += " BREAK cat";
  return text;
}

TEST_F(TextEncodeNode, EncodesManyChunksAFewAtATime) {
  const at::Tensor z = encode(breaks(39), kA1111);
  EXPECT_EQ(tower_->calls, 3);
  const at::Tensor one = encode("cat", kA1111);
  EXPECT_TRUE(z.equal(one.repeat({1, 40, 1})));
}

TEST_F(TextEncodeNode, RefusesMoreChunksThanAnybodyNeeds) {
  EXPECT_EQ(error({breaks(256), 0, kA1111}),
            "the text fills 257 chunks of 75 tokens, more than 256\n"
            "  hint: shorten it, or leave out BREAK");
  EXPECT_EQ(tower_->calls, 0);
}

TEST_F(TextEncodeNode, HandsOnClipSkip) {
  EXPECT_EQ(encode("cat", kNone, 3)[0][5][1].item<float>(), 4);
}

TEST_F(TextEncodeNode, RestoresTheMeanAfterA1111Weights) {
  const at::Tensor plain = encode("cat dog", kNone)[0];
  const at::Tensor z = encode("cat (dog:1.5)", kA1111)[0];
  at::Tensor weights = at::ones({77, 1});
  weights[2] = 1.5;
  const at::Tensor expected = plain * weights * (plain.mean() / (plain * weights).mean());
  EXPECT_TRUE(at::allclose(z, expected, 1e-6));
  EXPECT_NEAR(z.mean().item<float>(), plain.mean().item<float>(), 1e-5);
}

TEST_F(TextEncodeNode, WeighsEachA1111ChunkByItself) {
  const at::Tensor z = encode("(cat:2) BREAK dog", kA1111);
  EXPECT_TRUE(z.narrow(1, 77, 77).equal(encode("dog", kNone)));
  EXPECT_TRUE(z.narrow(1, 0, 77).equal(encode("(cat:2)", kA1111)));
}

TEST_F(TextEncodeNode, MovesAwayFromEmptyTextByComfyUIWeights) {
  const at::Tensor empty = encode("", kNone)[0], plain = encode("cat dog", kNone)[0];
  const at::Tensor z = encode("cat (dog:1.5)", kComfyUI)[0];
  at::Tensor weights = at::ones({77, 1});
  weights[2] = 1.5;
  EXPECT_TRUE(at::allclose(z, (plain - empty) * weights + empty, 1e-6));
}

TEST_F(TextEncodeNode, EncodesEmptyTextOnlyWhenWeightsNeedIt) {
  encode("cat dog", kComfyUI);
  EXPECT_EQ(tower_->calls, 1);
  encode("(cat:1) dog", kComfyUI);
  EXPECT_EQ(tower_->calls, 2);
  encode("(cat:2) dog", kComfyUI);
  EXPECT_EQ(tower_->calls, 4);
}

TEST_F(TextEncodeNode, GivesEqualResultsForAllRulesWithoutBrackets) {
  const at::Tensor z = encode("cat dog", kNone);
  EXPECT_TRUE(encode("cat dog", kA1111).equal(z));
  EXPECT_TRUE(encode("cat dog", kComfyUI).equal(z));
}

TEST_F(TextEncodeNode, StaysFiniteWhenTheMeanIsZero) {
  tower_->silent = true;
  EXPECT_TRUE(encode("(cat:2)", kA1111).equal(at::zeros({1, 77, 2})));
}

TEST_F(TextEncodeNode, RefusesClipSkipThatLeavesNoLayer) {
  EXPECT_EQ(error({"cat", 12, kNone}),
            "clip_skip 12 leaves no layer of the text encoder: expected 0 to 11");
  EXPECT_EQ(error({"cat", 11, kNone}), "no error");
}

TEST_F(TextEncodeNode, JoinsTheTowersOnChannelsEachWithItsPadding) {
  encoder_.towers = {std::make_shared<FakeTower>(49407), std::make_shared<FakeTower>(0)};
  const at::Tensor z = encode("cat dog", kNone);
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{1, 77, 4}));
  EXPECT_TRUE(z.narrow(1, 0, 4).select(2, 0).equal(z.narrow(1, 0, 4).select(2, 2)));
  EXPECT_TRUE(z.narrow(1, 4, 73).select(2, 0).eq(4.9407F).all().item<bool>());
  EXPECT_TRUE(z.narrow(1, 4, 73).select(2, 2).eq(0).all().item<bool>());
}

TEST_F(TextEncodeNode, RestoresTheMeanOfEachTowerByItself) {
  encoder_.towers = {std::make_shared<FakeTower>(49407), std::make_shared<FakeTower>(0)};
  const at::Tensor both = encode("cat (dog:1.5)", kA1111);
  for (const std::int64_t i : {0, 1}) {
    TextEncoder one = encoder_;
    one.towers = {encoder_.towers[static_cast<std::size_t>(i)]};
    std::swap(one, encoder_);
    EXPECT_TRUE(both.narrow(2, 2 * i, 2).equal(encode("cat (dog:1.5)", kA1111)));
    std::swap(one, encoder_);
  }
}

TEST_F(TextEncodeNode, TakesThePooledVectorOfTheFirstChunkWithoutWeights) {
  encoder_.towers = {std::make_shared<FakeTower>(49407), std::make_shared<FakeTower>(0, 1)};
  const double expected = 49406 + 49407 + ids("cat")[0];
  const Conditioning plain = run({.text = "cat", .weighting = kNone});
  ASSERT_EQ(plain.pooled.sizes(), (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(plain.pooled.item<double>(), expected);
  const Conditioning longer = run({.text = "(cat:2) BREAK dog", .weighting = kA1111});
  EXPECT_EQ(longer.context.size(1), 154);
  EXPECT_EQ(longer.pooled.item<double>(), expected);
}

TEST_F(TextEncodeNode, HasNoPooledVectorWithoutATowerThatGivesOne) {
  EXPECT_FALSE(run({.text = "cat"}).pooled.defined());
}

TEST_F(TextEncodeNode, MakesEmptyTextZerosWhereTheEncoderAsksForIt) {
  encoder_.towers = {std::make_shared<FakeTower>(49407), std::make_shared<FakeTower>(0, 3)};
  const Conditioning encoded = run({.text = ""});
  EXPECT_FALSE(encoded.context.equal(at::zeros({1, 77, 4})));
  encoder_.zero_empty_text = true;
  const Conditioning zeros = run({.text = ""});
  EXPECT_TRUE(zeros.context.equal(at::zeros({1, 77, 4})));
  EXPECT_TRUE(zeros.pooled.equal(at::zeros({1, 3})));
  EXPECT_FALSE(run({.text = " "}).context.equal(zeros.context));
}

TEST_F(TextEncodeNode, MakesEmptyTextWhatTheParameterSays) {
  const Conditioning zeros = run({.text = "", .empty_text = EmptyText::zeros});
  EXPECT_TRUE(zeros.context.equal(at::zeros({1, 77, 2})));
  EXPECT_FALSE(zeros.pooled.defined());
  encoder_.zero_empty_text = true;
  EXPECT_EQ(run({.text = "", .empty_text = EmptyText::encoded}).context[0][0][1].item<float>(), 1);
}

TEST_F(TextEncodeNode, RefusesClipSkipThatLeavesNoLayerOfTheSmallestTower) {
  encoder_.towers = {std::make_shared<FakeTower>(0, 0, 11), std::make_shared<FakeTower>(0, 1, 31)};
  EXPECT_EQ(error({"cat", 11, kNone}),
            "clip_skip 11 leaves no layer of the text encoder: expected 0 to 10");
}

TEST_F(TextEncodeNode, DescribesItselfCompletely) {
  const TypedNode<TextEncode> node;
  const NodeSchema& schema = node.schema();
  EXPECT_EQ(schema.param("weighting")->choices,
            (std::vector<std::string>{"a1111", "comfyui", "none"}));
  EXPECT_EQ(std::get<std::string>(schema.param("weighting")->default_value), "a1111");
  EXPECT_EQ(schema.param("empty_text")->choices,
            (std::vector<std::string>{"auto", "encoded", "zeros"}));
  EXPECT_EQ(std::get<std::string>(schema.param("empty_text")->default_value), "auto");
  EXPECT_EQ(std::get<std::string>(schema.param("text")->default_value), "");
  EXPECT_EQ(schema.output("conditioning")->type, "Conditioning");
}

}  // namespace
}  // namespace calotype
