#include "text/text_encode.h"

#include <gtest/gtest.h>

#include "calotype/types/aten.h"
#include "support/error_text.h"
#include "support/temp_dir.h"
#include "support/tiny_merges.h"

namespace calotype {
namespace {

/// Two numbers per token: its id / 10000 and 1 + clip_skip. Counts calls.
class FakeEncoder final : public TextEncoder {
 public:
  FakeEncoder() : tokenizer_(dir_.write("merges.txt", test::join_lines(test::merge_lines()))) {}

  const ClipTokenizer& tokenizer() const override { return tokenizer_; }
  std::int32_t pad_id() const override { return 0; }
  std::int64_t width() const override { return 2; }
  std::int64_t layers() const override { return 12; }
  at::Tensor encode(const at::Tensor& ids, std::int64_t clip_skip) const override {
    ++calls;
    if (silent) return at::zeros({ids.size(0), ids.size(1), 2});
    const at::Tensor z = ids.to(at::kFloat) / 10000;
    return at::stack({z, at::full_like(z, 1 + static_cast<double>(clip_skip))}, -1);
  }
  MemoryUse memory() const override { return {}; }

  mutable int calls = 0;
  bool silent = false;  ///< gives zeros

 private:
  test::TempDir dir_;
  ClipTokenizer tokenizer_;
};

class TextEncodeNode : public testing::Test {
 protected:
  at::Tensor encode(std::string text, PromptWeighting weighting, std::int64_t clip_skip = 0) {
    RunContext context;
    return TextEncode::run({encoder_}, {std::move(text), clip_skip, weighting}, context)
        .conditioning.context;
  }
  std::string error(const TextEncode::Params& params) {
    RunContext context;
    return test::error_text([&] { TextEncode::run({encoder_}, params, context); });
  }
  std::shared_ptr<FakeEncoder> encoder_ = std::make_shared<FakeEncoder>();
};

constexpr auto kA1111 = PromptWeighting::a1111;
constexpr auto kComfyUI = PromptWeighting::comfyui;
constexpr auto kNone = PromptWeighting::none;

TEST_F(TextEncodeNode, FramesShortTextAsOneChunk) {
  const at::Tensor z = encode("cat dog", kNone);
  ASSERT_EQ(z.sizes(), (std::vector<std::int64_t>{1, 77, 2}));
  EXPECT_EQ(z.scalar_type(), at::kFloat);
  const auto ids = encoder_->tokenizer().encode("cat dog");
  ASSERT_EQ(ids.size(), 2u);
  const at::Tensor first = z[0].select(1, 0);
  EXPECT_FLOAT_EQ(first[0].item<float>(), 4.9406F);
  EXPECT_FLOAT_EQ(first[1].item<float>(), static_cast<float>(ids[0]) / 10000);
  EXPECT_FLOAT_EQ(first[2].item<float>(), static_cast<float>(ids[1]) / 10000);
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
  EXPECT_EQ(encoder_->calls, 1);
  encode("(cat:1) dog", kComfyUI);
  EXPECT_EQ(encoder_->calls, 2);
  encode("(cat:2) dog", kComfyUI);
  EXPECT_EQ(encoder_->calls, 4);
}

TEST_F(TextEncodeNode, GivesEqualResultsForAllRulesWithoutBrackets) {
  const at::Tensor z = encode("cat dog", kNone);
  EXPECT_TRUE(encode("cat dog", kA1111).equal(z));
  EXPECT_TRUE(encode("cat dog", kComfyUI).equal(z));
}

TEST_F(TextEncodeNode, StaysFiniteWhenTheMeanIsZero) {
  encoder_->silent = true;
  EXPECT_TRUE(encode("(cat:2)", kA1111).equal(at::zeros({1, 77, 2})));
}

TEST_F(TextEncodeNode, RefusesClipSkipThatLeavesNoLayer) {
  EXPECT_EQ(error({"cat", 12, kNone}),
            "clip_skip 12 leaves no layer of the text encoder: expected 0 to 11");
  EXPECT_EQ(error({"cat", 11, kNone}), "no error");
}

TEST_F(TextEncodeNode, DescribesItselfCompletely) {
  const TypedNode<TextEncode> node;
  const NodeSchema& schema = node.schema();
  EXPECT_EQ(schema.param("weighting")->choices,
            (std::vector<std::string>{"a1111", "comfyui", "none"}));
  EXPECT_EQ(std::get<std::string>(schema.param("weighting")->default_value), "a1111");
  EXPECT_EQ(std::get<std::string>(schema.param("text")->default_value), "");
  EXPECT_EQ(schema.output("conditioning")->type, "Conditioning");
}

}  // namespace
}  // namespace calotype
