#pragma once
#include <string>
#include <string_view>

#include "calotype/describe.h"

namespace calotype {

/// Writes a value of any type that can be saved, for LoadTensor and other tools. The file appears
/// complete or not at all.
struct SaveTensor {
  static constexpr std::string_view kType = "SaveTensor";
  static constexpr int kVersion = 1;

  struct Inputs {
    Value value;
  };
  struct Params {
    std::string path;
  };
  struct Outputs {};

  static void describe(Describe<SaveTensor>& d);
  /// Throws Error(run) when values of the type are never saved (models) or `path` has another
  /// ending than .safetensors, Error(io) when the file cannot be written.
  static Outputs run(const Inputs& in, const Params& p, RunContext&);
};

}  // namespace calotype
