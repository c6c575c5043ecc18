#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/latent.h"
#include "calotype/types/noise.h"

namespace calotype {

template <>
struct EnumNames<NoiseSource> {
  static std::span<const std::pair<std::string_view, NoiseSource>> table();
};

/// Start noise of a picture of `width` x `height` pixels: four channels, an eighth of the size. Or,
/// with `latent`, of the shape of that one: `width`, `height` and `batch` are then ignored.
/// Image i of the batch is drawn with seed + i (which wraps at 2^64) and, with source cpu, equals
/// torch.randn([1, 4, height/8, width/8]) with a CPU generator of that seed, bit for bit. With
/// `variation_strength` s above 0 all images share `seed`, and each is turned from its noise
/// towards that of variation_seed + i by the share s of the angle between them (slerp), as
/// AUTOMATIC1111's web UI does.
struct LatentNoise {
  static constexpr std::string_view kType = "LatentNoise";
  static constexpr int kVersion = 1;

  struct Inputs {
    std::optional<Latent> latent;
  };
  struct Params {
    std::int64_t width = 512;
    std::int64_t height = 512;
    std::int64_t batch = 1;
    std::uint64_t seed = 0;
    NoiseSource source = NoiseSource::cpu;
    std::uint64_t variation_seed = 0;
    double variation_strength = 0;
  };
  struct Outputs {
    Noise noise;
  };

  static void describe(Describe<LatentNoise>& d);
  /// Throws Error(run) when the latent is not [B, C, h, w].
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
