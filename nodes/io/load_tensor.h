#pragma once
#include <string>
#include <string_view>

#include "calotype/describe.h"

namespace calotype {

/// Reads a value that SaveTensor or `--output node.port=x.safetensors` wrote.
struct LoadTensor {
  static constexpr std::string_view kType = "LoadTensor";
  static constexpr int kVersion = 2;

  struct Inputs {};
  struct Params {
    std::string path;
    std::string type = "Latent";
  };
  struct Outputs {
    Value value;  ///< of port type `type`, in host memory; floating point numbers are float32
  };

  static void describe(Describe<LoadTensor>& d);
  /// Throws Error(io) when the file cannot be read or holds no value of the type.
  static Outputs run(const Inputs&, const Params& p, RunContext& context);
};

}  // namespace calotype
