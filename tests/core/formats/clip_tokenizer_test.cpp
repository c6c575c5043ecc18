#include "calotype/clip_tokenizer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "calotype/error.h"
#include "support/temp_dir.h"
#include "support/tiny_merges.h"

namespace calotype {
namespace {

using test::join_lines;
using test::merge_lines;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int32_t kCat = 512 + 3;
constexpr std::int32_t kDog = 512 + 5;
constexpr std::int32_t kS = 512 + 6;

std::string load_error(const std::filesystem::path& path) {
  try {
    const ClipTokenizer tokenizer(path);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::io);
    return e.what();
  }
  return "accepted";
}

std::string gzip(const std::string& text) {
  std::string packed(text.size() + 1024, '\0');
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  packed.resize(z.total_out);
  deflateEnd(&z);
  return packed;
}

const ClipTokenizer& tiny() {
  static const ClipTokenizer tokenizer = [] {
    const test::TempDir dir;
    return ClipTokenizer(dir.write("merges.txt", join_lines(merge_lines())));
  }();
  return tokenizer;
}

TEST(ClipTokenizer, MergesTheLowestRankFirst) {
  EXPECT_THAT(tiny().encode("cat"), ElementsAre(kCat));
  EXPECT_THAT(tiny().encode("  Cat\n DOG "), ElementsAre(kCat, kDog));
  // "a b" before "c a": the c stays alone, as does the t.
  EXPECT_THAT(tiny().encode("cabt"), ElementsAre('c' - '!', 512 + 0, 256 + 't' - '!'));
  EXPECT_THAT(tiny().encode("ababc"), ElementsAre(512 + 1, 256 + 'c' - '!'));
}

TEST(ClipTokenizer, CutsEndingsDigitsAndSigns) {
  EXPECT_THAT(tiny().encode("cat's"), ElementsAre(kCat, kS));
  EXPECT_THAT(tiny().encode("12"), ElementsAre(256 + '1' - '!', 256 + '2' - '!'));
  EXPECT_THAT(tiny().encode(""), IsEmpty());
  EXPECT_THAT(tiny().encode(" \t\xe2\x80\x83"), IsEmpty());
}

TEST(ClipTokenizer, KnowsSpecialTokensOnlyAsWritten) {
  EXPECT_THAT(tiny().encode("cat<|endoftext|><|startoftext|>dog"),
              ElementsAre(kCat, ClipTokenizer::kEnd, ClipTokenizer::kStart, kDog));
  EXPECT_NE(tiny().encode("<|ENDOFTEXT|>"), std::vector{ClipTokenizer::kEnd});
  EXPECT_EQ(tiny().encode("<|ENDOFTEXT|>!!"), tiny().encode("<| endoftext |> !!"));
}

TEST(ClipTokenizer, LowersOneCodePointAtATime) {
  EXPECT_EQ(tiny().encode("\u0391\u03A3"), tiny().encode("\u03B1\u03C3"));  // no final sigma
  EXPECT_EQ(tiny().encode("\u0130"), tiny().encode("i \u0307"));
}

TEST(ClipTokenizer, ComposesMarks) {
  EXPECT_EQ(tiny().encode("e\u0301"), tiny().encode("\u00e9"));
  EXPECT_EQ(tiny().encode("e\u0301\u0323"), tiny().encode("e\u0323\u0301"));
}

TEST(ClipTokenizer, ReplacesInvalidUtf8) {
  EXPECT_EQ(tiny().encode("\xff"), tiny().encode("\ufffd"));
  EXPECT_EQ(tiny().encode("\xed\xa0\x80"), tiny().encode("\ufffd\ufffd\ufffd"));
  EXPECT_EQ(tiny().encode("cat\xe2\x82"), tiny().encode("cat\ufffd"));
}

TEST(ClipTokenizer, DecodesWhatItEncoded) {
  EXPECT_EQ(tiny().decode(tiny().encode("Cat's dog!  \u00e9")), "cat 's dog ! \u00e9");
  EXPECT_EQ(tiny().decode({ClipTokenizer::kStart, kCat, ClipTokenizer::kEnd}),
            "<|startoftext|>cat <|endoftext|>");
}

TEST(ClipTokenizer, RefusesToDecodeUnknownIds) {
  try {
    tiny().decode({49408});
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "token id: expected 0 to 49407, got 49408");
  }
}

TEST(ClipTokenizer, TakesLongWordsWithoutSquareTime) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(tiny().encode(std::string(1 << 20, 'b')).size(), std::size_t{1} << 20);
  std::string marks;
  for (int i = 0; i < 1 << 18; ++i) marks += i % 2 ? "\u0301" : "\u0323";
  EXPECT_FALSE(tiny().encode(marks).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(ClipTokenizer, ReadsEveryFormOfTheTable) {
  const test::TempDir dir;
  auto lines = merge_lines();
  dir.write("merges.txt", join_lines(lines));
  const auto packed = dir.write("bpe.txt.gz", gzip(join_lines(lines)));
  lines[0] = "\"bpe_simple_vocab_16e6.txt#version: 0.2";
  lines.push_back("more merges that CLIP does not use");
  const auto openai = dir.write("bpe.txt", join_lines(lines));
  for (const auto& path : {dir / "merges.txt", packed, openai}) {
    EXPECT_THAT(ClipTokenizer(path).encode("cat dog"), ElementsAre(kCat, kDog));
  }
}

const std::string kHint =
    "\n  hint: give bpe_simple_vocab_16e6.txt.gz of CLIP, or the tokenizer folder of an SD 1.x "
    "model";

TEST(ClipTokenizer, NamesTheBadLineOfATable) {
  const test::TempDir dir;
  const auto with = [&](std::size_t line, const std::string& text) {
    auto lines = merge_lines();
    lines[line] = text;
    return load_error(dir.write("m.txt", join_lines(lines)));
  };
  const std::string file = (dir / "m.txt").string();
  EXPECT_EQ(with(0, "a b"),
            file +
                ":1:1: expected a first line with \"#version\": this is not a table of "
                "merges\n  a b\n  ^" +
                kHint);
  EXPECT_EQ(with(4, "a b c"),
            file + ":5:1: expected two symbols with one space between them\n  a b c\n  ^" + kHint);
  EXPECT_EQ(
      with(4, "zzz t</w>"),
      file + ":5:1: the symbol \"zzz\" is not made by an earlier line\n  zzz t</w>\n  ^" + kHint);
  EXPECT_EQ(with(4, "a b"), file + ":5:1: the symbol \"ab\" is made twice\n  a b\n  ^" + kHint);
  EXPECT_EQ(with(5, "t</w> a"),
            file + ":6:1: the left symbol ends a word, nothing can follow\n  t</w> a\n  ^" + kHint);
}

TEST(ClipTokenizer, CountsTheMerges) {
  const test::TempDir dir;
  const std::string file = (dir / "m.txt").string();
  EXPECT_EQ(load_error(dir.write("m.txt", "#version: 0.2\na b\n")),
            file + ":2:1: expected 48894 merges, got 1\n  a b\n  ^" + kHint);
  auto lines = merge_lines();
  lines.push_back("x y");
  EXPECT_EQ(
      load_error(dir.write("m.txt", join_lines(lines))),
      file + ":48896:1: more than 48894 merges: this is not the table of CLIP\n  x y\n  ^" + kHint);
}

TEST(ClipTokenizer, RefusesDamagedAndHugeGzipFiles) {
  const test::TempDir dir;
  const std::string file = (dir / "m.gz").string();
  const std::string packed = gzip(join_lines(merge_lines()));
  EXPECT_EQ(load_error(dir.write("m.gz", packed.substr(0, packed.size() / 2))),
            file + ": the gzip file is cut off");
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(~damaged[packed.size() / 2]);
  damaged[packed.size() - 6] = static_cast<char>(~damaged[packed.size() - 6]);
  EXPECT_EQ(load_error(dir.write("m.gz", damaged)), file + ": the gzip file is damaged");
  EXPECT_EQ(load_error(dir.write("m.gz", gzip(std::string(20 << 20, 'a')))),
            file + ": the gzip file unpacks to more than 16777216 bytes");
}

TEST(ClipTokenizer, ComparesVocabJsonWithTheMerges) {
  const test::TempDir dir;
  dir.write("merges.txt", join_lines(merge_lines()));
  const std::string file = (dir / "vocab.json").string();
  const std::string hint = "\n  hint: vocab.json and merges.txt must be of the same CLIP tokenizer";
  EXPECT_EQ(load_error(dir.path()), file + ": the file does not exist\n  hint: check the path");
  dir.write("vocab.json", "[");
  EXPECT_EQ(load_error(dir.path()), file + ": expected a JSON object from symbols to ids" + hint);
  dir.write("vocab.json", R"({"!":1})");
  EXPECT_EQ(load_error(dir.path()), file + ": symbol \"!\": expected 0, got 1" + hint);
  dir.write("vocab.json", R"({"!":0})");
  EXPECT_EQ(load_error(dir.path()), file + ": symbol \"\\\"\" is missing" + hint);
}

}  // namespace
}  // namespace calotype
