#pragma once
#include <calotype/describe.h>
#include <calotype/types/image.h>
#include <calotype/types/mask.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "qr_modules.h"

namespace example {

/// Draws a text as a QR code.
struct QRCode {
  static constexpr std::string_view kType = "example.QRCode";
  static constexpr int kVersion = 1;

  struct Inputs {};
  struct Params {
    std::string text;
    ErrorCorrection error_correction = ErrorCorrection::medium;
    std::int64_t width = 512;
    std::int64_t border = 4;
    std::optional<std::int64_t> mask;
    std::string dark = "#000000";
    std::string light = "#ffffff";
  };
  struct Outputs {
    calotype::Image image;  ///< [1, 3, width, width] in host memory
    calotype::Mask mask;    ///< [1, 1, width, width]; 1 where a module is dark
  };

  static void describe(calotype::Describe<QRCode>& d);
  /// Every module is a square of the same whole number of pixels; what is left of the width is
  /// added to the border. Throws calotype::Error(run): text empty or too long, width too small for
  /// the modules, a colour that is not `#rrggbb`. Warns when dark is not darker than light.
  static Outputs run(const Inputs&, const Params& params, calotype::RunContext& context);
};

}  // namespace example
