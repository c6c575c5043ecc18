#pragma once
#include <cstdint>

#include "calotype/describe.h"
#include "calotype/types/conditioning.h"
#include "calotype/types/image.h"
#include "calotype/types/image_encoder.h"

namespace calotype {

/// Node: adds to a conditioning what a picture shows, for unCLIP models. Picture i of a batch gets
/// the noise of seed + i, so a batch equals single runs.
struct ImageCondition {
  static constexpr std::string_view kType = "ImageCondition";
  static constexpr int kVersion = 1;
  struct Inputs {
    Conditioning conditioning;
    Image image;
    ImageEncoderHandle image_encoder;
  };
  struct Params {
    std::int64_t noise_level = 0;
    std::uint64_t seed = 0;
  };
  struct Outputs {
    Conditioning conditioning;
  };
  static void describe(Describe<ImageCondition>& d);
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
