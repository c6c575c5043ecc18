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

const std::vector<std::string> kSamplers = {
    "euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "lms", "ddim"};

TEST(Suggest, PrefersWhatTheWordAbbreviatesToWhatIsNearInLetters) {
  EXPECT_EQ(suggest("euler_a", kSamplers), "euler_ancestral");
  EXPECT_EQ(suggest("dpmpp_sde", kSamplers), "dpmpp_2m_sde");
  EXPECT_EQ(suggest("vae_dec", {"vae_decoder_large", "vae_decode", "vae"}), "vae_decode");
  EXPECT_EQ(suggest("sde_dpmpp", kSamplers), "");
  EXPECT_EQ(suggest("__", {"a_b_c"}), "");
  EXPECT_EQ(suggest("eu", kSamplers), "");
}

TEST(Suggest, ReadsTheTitlesOfOtherPrograms) {
  EXPECT_EQ(suggest("Euler a", kSamplers), "euler_ancestral");
  EXPECT_EQ(suggest("DPM++ 2M", kSamplers), "dpmpp_2m");
  EXPECT_EQ(suggest("DPM++ 2M Karras", kSamplers), "dpmpp_2m");
  EXPECT_EQ(suggest("DPM++ 2M SDE Karras", kSamplers), "dpmpp_2m_sde");
  EXPECT_EQ(suggest("DPM++ SDE", kSamplers), "dpmpp_2m_sde");
  EXPECT_EQ(suggest("SGM-Uniform", {"uniform", "sgm_uniform"}), "sgm_uniform");
}

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
