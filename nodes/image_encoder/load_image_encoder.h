#pragma once
#include <optional>
#include <string>

#include "calotype/describe.h"
#include "calotype/types/image_encoder.h"
#include "checkpoint/placement.h"

namespace calotype {

/// Node: the image half of CLIP, of an unCLIP checkpoint or on its own. Names and shapes are
/// checked here; weights are read when it is first used.
struct LoadImageEncoder {
  static constexpr std::string_view kType = "LoadImageEncoder";
  static constexpr int kVersion = 1;
  struct Inputs {};
  struct Params {
    std::string path;
    DTypeChoice dtype = DTypeChoice::automatic;
    std::string device = "auto";
    std::optional<std::string> statistics;
  };
  struct Outputs {
    ImageEncoderHandle image_encoder;
  };
  static void describe(Describe<LoadImageEncoder>& d);
  /// Throws Error(io) as open_image_encoder, open_embedding_statistics and
  /// make_clip_image_encoder do.
  static Outputs run(const Inputs&, const Params&, RunContext&);
};

}  // namespace calotype
