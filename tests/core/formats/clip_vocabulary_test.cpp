#include "calotype/clip_vocabulary.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "calotype/error.h"
#include "support/temp_dir.h"

namespace calotype {
namespace {

TEST(ClipVocabulary, FollowsTheEnvironmentVariable) {
  const test::TempDir dir;
  const auto file = dir.write("merges.txt", "");
  setenv("CALOTYPE_CLIP_VOCABULARY", file.c_str(), 1);
  EXPECT_EQ(clip_vocabulary_path(), file);
  std::filesystem::remove(file);
  try {
    clip_vocabulary_path();
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.what(),
              file.string() +
                  ": the table of CLIP's tokenizer is not there\n"
                  "  hint: correct or unset the environment variable CALOTYPE_CLIP_VOCABULARY");
  }
  unsetenv("CALOTYPE_CLIP_VOCABULARY");
}

TEST(ClipVocabulary, LiesBesideTheFolderOfTheLibrary) {
  const std::string place = CALOTYPE_BINARY_DIR "/share/calotype/bpe_simple_vocab_16e6.txt.gz";
  try {
    EXPECT_EQ(clip_vocabulary_path(), std::filesystem::canonical(place));
  } catch (const Error& e) {
    EXPECT_FALSE(std::filesystem::exists(place));
    EXPECT_EQ(std::string(e.what()).find(place), 0u);
  }
}

}  // namespace
}  // namespace calotype
