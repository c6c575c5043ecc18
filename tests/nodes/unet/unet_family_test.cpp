#include "unet/unet_family.h"

#include <gtest/gtest.h>

namespace calotype {

namespace {

TEST(UNetFamily, SaysWhatTheExtraVectorIsMadeOf) {
  EXPECT_EQ(vector_kind(ModelFamily::sd1), VectorKind::none);
  EXPECT_EQ(vector_kind(ModelFamily::sd2), VectorKind::none);
  EXPECT_EQ(vector_kind(ModelFamily::x4_upscaler), VectorKind::noise_level);
  EXPECT_EQ(vector_kind(ModelFamily::unclip), VectorKind::image);
  EXPECT_EQ(vector_kind(ModelFamily::sdxl), VectorKind::sdxl);
  EXPECT_EQ(vector_kind(ModelFamily::sdxl_refiner), VectorKind::sdxl_refiner);
}

TEST(UNetFamily, KnowsThePredictionWhereOnlyOneWasPublished) {
  EXPECT_EQ(usual_prediction({ModelFamily::sd1}), Prediction::epsilon);
  EXPECT_EQ(usual_prediction({ModelFamily::sd1, 8}), Prediction::epsilon);
  EXPECT_EQ(usual_prediction({ModelFamily::sd2}), std::nullopt);
  EXPECT_EQ(usual_prediction({ModelFamily::sd2, 9}), Prediction::epsilon);
  EXPECT_EQ(usual_prediction({ModelFamily::sd2, 5}), Prediction::epsilon);
  EXPECT_EQ(usual_prediction({ModelFamily::x4_upscaler, 7}), Prediction::v);
  EXPECT_EQ(usual_prediction({ModelFamily::unclip}), Prediction::v);
  EXPECT_EQ(usual_prediction({ModelFamily::sdxl}), Prediction::epsilon);
  EXPECT_EQ(usual_prediction({ModelFamily::sdxl_refiner}), Prediction::epsilon);
}

}  // namespace

}  // namespace calotype
