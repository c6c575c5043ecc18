#include "text/prompt_weights.h"

#include <gtest/gtest.h>

#include <chrono>

#include "calotype/error.h"

namespace calotype {
namespace {

using Pieces = std::vector<std::pair<std::string, double>>;

/// BREAK is shown as {"|", 1}.
Pieces shown(const std::vector<PromptPiece>& pieces) {
  Pieces out;
  for (const PromptPiece& p : pieces) out.emplace_back(p.chunk_break ? "|" : p.text, p.weight);
  return out;
}

void expect_pieces(const std::vector<PromptPiece>& pieces, const Pieces& expected) {
  const Pieces found = shown(pieces);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(found[i].first, expected[i].first) << "piece " << i;
    EXPECT_DOUBLE_EQ(found[i].second, expected[i].second) << "piece " << i;
  }
}

void expect_a1111(std::string_view prompt, const Pieces& expected) {
  SCOPED_TRACE(prompt);
  expect_pieces(parse_a1111_weights(prompt), expected);
}

void expect_comfyui(std::string_view prompt, const Pieces& expected) {
  SCOPED_TRACE(prompt);
  expect_pieces(parse_comfyui_weights(prompt), expected);
}

template <class Parse>
std::string error_of(Parse parse, std::string_view prompt) {
  try {
    parse(prompt);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::run);
    return e.what();
  }
  return "no error";
}

std::string repeated(std::string_view text, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += text;
  return out;
}

// Reference results: the doc string of parse_prompt_attention in A1111's prompt_parser.py.
TEST(PromptWeightsA1111, GivesTheReferenceResults) {
  expect_a1111("normal text", {{"normal text", 1}});
  expect_a1111("an (important) word", {{"an ", 1}, {"important", 1.1}, {" word", 1}});
  expect_a1111("(unbalanced", {{"unbalanced", 1.1}});
  expect_a1111("\\(literal\\]", {{"(literal]", 1}});
  expect_a1111("(unnecessary)(parens)", {{"unnecessaryparens", 1.1}});
  expect_a1111("a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
               {{"a ", 1},
                {"house", 1.5730000000000004},
                {" ", 1.1},
                {"on", 1},
                {" a ", 1.1},
                {"hill", 0.55},
                {", sun, ", 1.1},
                {"sky", 1.4641000000000006},
                {".", 1.1}});
}

TEST(PromptWeightsA1111, ReadsClosersWithoutOpenerAsText) {
  expect_a1111("a) b] c:1.2) d", {{"a) b] c:1.2) d", 1}});
}

TEST(PromptWeightsA1111, ReadsColonWithoutNumberAsText) {
  expect_a1111("(a: b)", {{"a: b", 1.1}});
  expect_a1111("time 12:30", {{"time 12:30", 1}});
}

TEST(PromptWeightsA1111, AcceptsSignsAndSpacesInWeights) {
  expect_a1111("(a:-0.5)(b: +2 )(c:.5)", {{"a", -0.5}, {"b", 2}, {"c", 0.5}});
}

TEST(PromptWeightsA1111, DividesInSquareBracketsAndKeepsTheirColons) {
  expect_a1111("[a:2]", {{"a:2", 1 / 1.1}});
}

TEST(PromptWeightsA1111, DropsLoneBackslashAndKeepsDoubledOne) {
  expect_a1111("a\\b \\\\(c)", {{"ab \\", 1}, {"c", 1.1}});
}

TEST(PromptWeightsA1111, MatchesCrossedBracketsEachByKind) {
  expect_a1111("(a[b)c]", {{"a", 1.1}, {"b", 1.1 * (1 / 1.1)}, {"c", 1 / 1.1}});
}

TEST(PromptWeightsA1111, TakesBreakAsAWordAndEatsSpaceAround) {
  expect_a1111("a \n BREAK  b", {{"a", 1}, {"|", 1}, {"b", 1}});
  expect_a1111("(a BREAK b:2)", {{"a", 2}, {"|", 1}, {"b", 2}});
  expect_a1111("BREAKFAST, UNBREAK, break", {{"BREAKFAST, UNBREAK, break", 1}});
}

TEST(PromptWeightsA1111, GivesOneEmptyPieceForEmptyText) { expect_a1111("", {{"", 1}}); }

// Behaviour of token_weights in ComfyUI's comfy/sd1_clip.py.
TEST(PromptWeightsComfyUI, SetsExplicitWeightsInsteadOfMultiplying) {
  expect_comfyui("a (b:1.3) c", {{"a ", 1}, {"b", 1.3}, {" c", 1}});
  expect_comfyui("((b:1.3))", {{"b", 1.3}});
  expect_comfyui("((b))", {{"b", 1.1 * 1.1}});
  expect_comfyui("(a (b:0.5) c:2)", {{"a ", 2}, {"b", 0.5}, {" c", 2}});
}

TEST(PromptWeightsComfyUI, ReadsSquareBracketsAndBreakAsText) {
  expect_comfyui("[a] BREAK", {{"[a] BREAK", 1}});
}

TEST(PromptWeightsComfyUI, ShowsEscapedBracketsAsText) {
  expect_comfyui("a \\(b\\) (c\\):2)", {{"a (b) ", 1}, {"c)", 2}});
}

TEST(PromptWeightsComfyUI, ReadsUnbalancedBracketsAsText) {
  expect_comfyui("(a", {{"(a", 1}});
  expect_comfyui("a) (b)", {{"a) (b)", 1}});
}

TEST(PromptWeightsComfyUI, KeepsColonWithoutNumber) { expect_comfyui("(a:b)", {{"a:b", 1.1}}); }

TEST(PromptWeightsComfyUI, GivesNoPiecesForEmptyText) { expect_comfyui("", {}); }

TEST(PromptWeights, RefuseDeepNesting) {
  const std::string text =
      "the prompt's brackets are nested deeper than 64\n"
      "  hint: use a weight such as (text:1.5), or weighting \"none\" to read brackets as text";
  EXPECT_EQ(error_of(parse_a1111_weights, repeated("(", 65)), text);
  EXPECT_EQ(error_of(parse_comfyui_weights, repeated("(", 65) + "a" + repeated(")", 65)), text);
  EXPECT_EQ(parse_a1111_weights(repeated("[", 64) + "a").size(), 1u);
  EXPECT_EQ(parse_comfyui_weights(repeated("(", 64) + "a" + repeated(")", 64)).size(), 1u);
}

TEST(PromptWeights, RefuseWeightsThatAreNoNumberOrHuge) {
  EXPECT_EQ(error_of(parse_a1111_weights, "(a:1.2.3)"),
            "the prompt's weight \"1.2.3\" is not a number\n  hint: write it like (text:1.3)");
  const std::string huge =
      "the prompt gives a piece of text the weight 2000: expected -1000 to 1000";
  EXPECT_EQ(error_of(parse_a1111_weights, "(a:2000)"), huge);
  EXPECT_EQ(error_of(parse_comfyui_weights, "(a:2e3)"), huge);
  EXPECT_EQ(error_of(parse_comfyui_weights, "(a:1e999)"),
            "the prompt gives a piece of text the weight inf: expected -1000 to 1000");
  EXPECT_EQ(error_of(parse_comfyui_weights, "(a:nan)"),
            "the prompt gives a piece of text the weight nan: expected -1000 to 1000");
}

TEST(PromptWeights, TakeLinearTimeForBracketsOnly) {
  const std::string prompt = repeated(repeated("(", 63) + "a" + repeated(")", 63), 512);
  ASSERT_LE(prompt.size(), kMaxPromptBytes);
  const auto start = std::chrono::steady_clock::now();
  parse_a1111_weights(prompt);
  parse_comfyui_weights(prompt);
  parse_a1111_weights(repeated("[]", kMaxPromptBytes / 2));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace calotype
