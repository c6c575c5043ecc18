#include <gtest/gtest.h>

#include "calotype/validate.h"

namespace calotype {
namespace {

TEST(Suggest, FindsTheNearestName) {
  EXPECT_EQ(suggest("sampel", {"noise", "sample", "simple"}), "sample");
  EXPECT_EQ(suggest("vae_decode", {"VAEDecode", "VAEEncode"}), "VAEDecode");
  EXPECT_EQ(suggest("karas", {"normal", "karras"}), "karras");
}

TEST(Suggest, IgnoresLetterCase) { EXPECT_EQ(suggest("EULER", {"heun", "euler"}), "euler"); }

TEST(Suggest, StaysSilentWhenNothingIsNear) {
  EXPECT_EQ(suggest("sampler", {"width", "height"}), "");
  EXPECT_EQ(suggest("x", {"yz", "abc"}), "");
  EXPECT_EQ(suggest("", {"a"}), "");
  EXPECT_EQ(suggest("a", {}), "");
}

TEST(Suggest, NeverReplacesAWholeShortName) { EXPECT_EQ(suggest("a", {"b"}), ""); }

TEST(Suggest, IgnoresWordsOfUnboundedLength) {
  EXPECT_EQ(suggest(std::string(100'000, 'a'), {std::string(100'001, 'a')}), "");
}

}  // namespace
}  // namespace calotype
