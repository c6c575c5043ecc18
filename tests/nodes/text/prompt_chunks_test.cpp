#include "text/prompt_chunks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "calotype/error.h"

namespace calotype {
namespace {

constexpr std::int32_t kStart = 49406, kEnd = 49407, kPad = 7;

/// One token per character but space: its code.
std::vector<std::int32_t> letters(std::string_view text) {
  std::vector<std::int32_t> ids;
  for (const char c : text) {
    if (c != ' ') ids.push_back(static_cast<unsigned char>(c));
  }
  return ids;
}

std::vector<PromptChunk> chunks(std::string_view prompt, PromptWeighting weighting) {
  return chunk_prompt(prompt, weighting, letters, kPad);
}

/// The text tokens of a chunk; checks its frame.
std::string text_of(const PromptChunk& chunk) {
  EXPECT_EQ(chunk.ids.front(), kStart);
  const auto end = std::find(chunk.ids.begin(), chunk.ids.end(), kEnd);
  EXPECT_NE(end, chunk.ids.end());
  EXPECT_TRUE(std::all_of(end + 1, chunk.ids.end(), [](std::int32_t id) { return id == kPad; }));
  std::string text;
  for (auto it = chunk.ids.begin() + 1; it < end; ++it) text += static_cast<char>(*it);
  return text;
}

std::vector<std::string> texts(std::string_view prompt, PromptWeighting weighting) {
  std::vector<std::string> out;
  for (const PromptChunk& chunk : chunks(prompt, weighting)) out.push_back(text_of(chunk));
  return out;
}

using Texts = std::vector<std::string>;
constexpr auto kAll = {PromptWeighting::a1111, PromptWeighting::comfyui, PromptWeighting::none};

TEST(PromptChunks, MakesOneUnweightedChunkOfEmptyText) {
  for (const PromptWeighting weighting : kAll) {
    const auto found = chunks("", weighting);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(text_of(found[0]), "");
    EXPECT_FALSE(found[0].weighted());
  }
}

TEST(PromptChunks, FillsAChunkWith75TokensBeforeOpeningTheNext) {
  const std::string full(75, 'a');
  for (const PromptWeighting weighting : kAll) {
    EXPECT_EQ(texts(full, weighting), Texts{full});
    EXPECT_EQ(texts(full + "b", weighting), (Texts{full, "b"}));
    EXPECT_EQ(texts(full + full, weighting), (Texts{full, full}));
  }
}

TEST(PromptChunks, PutsWeightsOnTextTokensOnly) {
  const auto found = chunks("a(b:1.5)c", PromptWeighting::a1111);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].weighted());
  std::array<float, 77> expected{};
  expected.fill(1);
  expected[2] = 1.5F;
  EXPECT_EQ(found[0].weights, expected);
}

TEST(PromptChunks, ReadsBracketsAsTextWithoutWeighting) {
  const auto found = chunks("(a:2) BREAK", PromptWeighting::none);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(text_of(found[0]), "(a:2)BREAK");
  EXPECT_FALSE(found[0].weighted());
}

TEST(PromptChunksA1111, MovesWhatFollowsACommaNearTheEnd) {
  const std::string head(59, 'a'), tail(15, 'b');  // the comma is token 59 of 0..74
  EXPECT_EQ(texts(head + "," + tail + "bc", PromptWeighting::a1111),
            (Texts{head + ",", tail + "bc"}));
  EXPECT_EQ(texts(head + "," + tail + "bc", PromptWeighting::none),
            (Texts{head + "," + tail, "bc"}));
}

TEST(PromptChunksA1111, LooksBackTwentyTokensForAComma) {
  const std::string near = fmt::format("{:a>55},", ""), far = fmt::format("{:a>54},", "");
  EXPECT_EQ(texts(near + fmt::format("{:b>19}c", ""), PromptWeighting::a1111),
            (Texts{near, fmt::format("{:b>19}c", "")}));
  EXPECT_EQ(texts(far + fmt::format("{:b>20}c", ""), PromptWeighting::a1111),
            (Texts{far + fmt::format("{:b>20}", ""), "c"}));
}

TEST(PromptChunksA1111, PutsACommaAfterAFullChunkIntoTheNext) {
  const std::string full = fmt::format("{:a>70},bbbb", "");
  EXPECT_EQ(texts(fmt::format("{},c", full), PromptWeighting::a1111), (Texts{full, ",c"}));
}

TEST(PromptChunksA1111, EndsTheChunkAtBreakEvenWhenEmpty) {
  EXPECT_EQ(texts("a BREAK b", PromptWeighting::a1111), (Texts{"a", "b"}));
  EXPECT_EQ(texts("BREAK b", PromptWeighting::a1111), (Texts{"", "b"}));
  EXPECT_EQ(texts("a BREAK", PromptWeighting::a1111), Texts{"a"});
}

TEST(PromptChunksComfyUI, MovesShortPiecesWhole) {
  const std::string head(70, 'a');
  EXPECT_EQ(texts(head + "(bcdefgh:1.2)", PromptWeighting::comfyui), (Texts{head, "bcdefgh"}));
  EXPECT_EQ(texts(head + "(bcdefghi:1.2)", PromptWeighting::comfyui),
            (Texts{head + "bcdef", "ghi"}));
}

TEST(PromptChunks, RefusesTextAbove64KiB) {
  try {
    chunks(std::string(65537, 'a'), PromptWeighting::none);
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "the prompt is 65537 bytes long: at most 65536 are read");
  }
  EXPECT_EQ(chunks(std::string(65536, 'a'), PromptWeighting::a1111).size(), 874u);
}

}  // namespace
}  // namespace calotype
