#include "text/picture_size_condition.h"

namespace calotype {

namespace {

constexpr double kLargestSide = 1048576;

}  // namespace

void PictureSizeCondition::describe(Describe<PictureSizeCondition>& d) {
  d.summary("Tells an SDXL model the size and crop of the picture that it imitates.");
  d.input("conditioning", &Inputs::conditioning, "From TextEncode.");
  const auto pixels = [&](const char* name, std::int64_t Params::*member, double least,
                          const char* doc) {
    d.param(name, member, doc).range(least, kLargestSide).unit("px");
  };
  pixels("original_width", &Params::original_width, 1,
         "Width of the training picture before it was scaled; small values look blurred.");
  pixels("original_height", &Params::original_height, 1, "Its height.");
  pixels("crop_left", &Params::crop_left, 0,
         "What was cut off at its left; 0 keeps things in the middle of the picture.");
  pixels("crop_top", &Params::crop_top, 0, "What was cut off at its top.");
  pixels("target_width", &Params::target_width, 1, "Width after scaling and cropping.");
  pixels("target_height", &Params::target_height, 1, "Height after scaling and cropping.");
  d.param("aesthetic_score", &Params::aesthetic_score,
          "Of the refiner: how good the picture looks. By default 6 on the positive side, 2.5 on "
          "the negative side.")
      .range(0, 10);
  d.output("conditioning", &Outputs::conditioning, "With the sizes.");
}

PictureSizeCondition::Outputs PictureSizeCondition::run(const Inputs& in, const Params& p,
                                                        RunContext&) {
  Outputs out{in.conditioning};
  out.conditioning.sizes = PictureSizes{.original_width = p.original_width,
                                        .original_height = p.original_height,
                                        .crop_left = p.crop_left,
                                        .crop_top = p.crop_top,
                                        .target_width = p.target_width,
                                        .target_height = p.target_height};
  if (p.aesthetic_score) out.conditioning.aesthetic_score = p.aesthetic_score;
  return out;
}

}  // namespace calotype
