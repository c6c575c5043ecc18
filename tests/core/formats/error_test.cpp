#include "calotype/error.h"

#include <gtest/gtest.h>

namespace calotype {
namespace {

TEST(Error, FormatsPlaceSubjectCaretAndHint) {
  const Diagnostic d{.file = "graphs/portrait.json",
                     .pos = {14, 7},
                     .excerpt = R"(      "latent": "decode.image",)",
                     .node = "sample",
                     .port = R"(input "latent")",
                     .expected = "Latent",
                     .got = R"(Image from "decode.image")",
                     .hint = "put a VAEEncode in between"};
  EXPECT_EQ(format(d),
            "graphs/portrait.json:14:7: node \"sample\", input \"latent\": expected Latent, got "
            "Image from "
            "\"decode.image\"\n"
            "        \"latent\": \"decode.image\",\n"
            "        ^\n"
            "  hint: put a VAEEncode in between");
}

TEST(Error, CutsLongLinesAroundTheColumn) {
  const Diagnostic d{
      .file = "g.json", .pos = {1, 301}, .excerpt = std::string(600, 'x'), .what = "unknown key"};
  const std::string text = format(d);
  EXPECT_LT(text.size(), 300u);
  EXPECT_NE(text.find("\n  " + std::string(50, ' ') + "^"), std::string::npos);
}

TEST(Error, PutsTheCaretUnderCharactersNotBytes) {
  const Diagnostic d{
      .file = "g.json", .pos = {1, 7}, .excerpt = "\"\u00e9\u00e9\": 1", .what = "bad"};
  EXPECT_EQ(format(d),
            "g.json:1:7: bad\n"
            "  \"\u00e9\u00e9\": 1\n"
            "      ^");
}

TEST(Error, CutsLongLinesBetweenCharacters) {
  std::string line;
  for (int i = 0; i < 300; ++i) line += "\u00e9";
  const Diagnostic d{.file = "g.json", .pos = {1, 302}, .excerpt = line, .what = "bad"};
  const std::string text = format(d);
  const std::string shown =
      text.substr(text.find('\n') + 3, text.rfind('\n') - text.find('\n') - 3);
  EXPECT_EQ(shown.size() % 2, 0U);
  EXPECT_EQ(shown.substr(0, 2), "\u00e9");
}

TEST(Error, QuotesControlCharacters) { EXPECT_EQ(quote("a\n\"b"), "\"a\\u000a\\\"b\""); }

TEST(Error, JoinsAllDiagnosticsInWhat) {
  const Error e(ErrorCode::graph, {Diagnostic{.what = "one"}, Diagnostic{.what = "two"}});
  EXPECT_STREQ(e.what(), "one\ntwo");
}

}  // namespace
}  // namespace calotype
