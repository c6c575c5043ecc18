#pragma once
#include <calotype/describe.h>

#include <string>

#include "palette.h"

namespace example {

/// Reads a palette file; see palette_file.h.
struct LoadPalette {
  static constexpr std::string_view kType = "example.LoadPalette";
  static constexpr int kVersion = 1;

  struct Inputs {};
  struct Params {
    std::string path;
  };
  struct Outputs {
    Palette palette;  ///< in the order of the file; `pixels` are 0
  };

  static void describe(calotype::Describe<LoadPalette>& d);
  /// Throws calotype::Error as read_palette does.
  static Outputs run(const Inputs&, const Params& params, calotype::RunContext&);
};

/// Writes a palette file, complete or not at all.
struct SavePalette {
  static constexpr std::string_view kType = "example.SavePalette";
  static constexpr int kVersion = 1;

  struct Inputs {
    Palette palette;
  };
  struct Params {
    std::string path;
  };
  struct Outputs {};

  static void describe(calotype::Describe<SavePalette>& d);
  /// Throws calotype::Error(run) for another ending, Error(io) when the file cannot be written.
  static Outputs run(const Inputs& in, const Params& params, calotype::RunContext&);
};

}  // namespace example
