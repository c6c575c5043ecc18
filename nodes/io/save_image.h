#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "calotype/describe.h"
#include "calotype/types/image.h"

namespace calotype {

enum class PictureFormat { automatic, png, jpeg, webp };

template <>
struct EnumNames<PictureFormat> {
  static std::span<const std::pair<std::string_view, PictureFormat>> table();
};

/// Writes each picture of a batch to a file of its own, replacing files of that name. A file
/// appears complete or not at all.
struct SaveImage {
  static constexpr std::string_view kType = "SaveImage";
  static constexpr int kVersion = 1;

  struct Inputs {
    Image image;
  };
  struct Params {
    std::string path;
    PictureFormat format = PictureFormat::automatic;
    std::int64_t quality = 95;
  };
  struct Outputs {};

  static void describe(Describe<SaveImage>& d);
  /// Throws Error(run) when the image is not [B, 3, H, W], when `path` gives no format, another one
  /// than `format`, or one name to several pictures; Error(io) when a file cannot be written;
  /// Error(cancelled).
  static Outputs run(const Inputs& in, const Params& p, RunContext& context);
};

/// `path` with {index} replaced and, when it has no picture ending, that of `format` added.
/// Throws Error(run) as SaveImage::run does.
std::string picture_path(const std::string& path, PictureFormat format, std::int64_t index);

}  // namespace calotype
