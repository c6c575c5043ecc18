#pragma once
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "calotype/plugin.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/value_io.h"

namespace calotype::test {

using Inputs = std::vector<std::vector<Value>>;
using Params = std::vector<ParamValue>;

inline ParamValue text(const char* value) { return std::string(value); }

/// The nodes of the built plugin, called as the engine calls them. Palettes are made and read
/// through the hooks of their port type, as the disk cache does.
class PalettePlugin : public testing::Test {
 protected:
  PalettePlugin() {
    load_plugin(registry_, CALOTYPE_BINARY_DIR "/lib/calotype/plugins/palette.so");
  }

  std::vector<Value> run(const std::string& type, const Inputs& inputs, const Params& params) {
    RunContext context;
    return registry_.node(type)->run({inputs, params, context});
  }
  std::string error_of(const std::string& type, const Inputs& inputs, const Params& params) {
    try {
      run(type, inputs, params);
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }

  const PortType& type() { return *registry_.port_type("example.Palette"); }
  Value palette(const at::Tensor& colours, at::Tensor pixels = {}) {
    if (!pixels.defined()) pixels = at::zeros({colours.size(0)}, at::kLong);
    TensorArchive archive;
    archive.tensors = {to_archive("colours", colours), to_archive("pixels", pixels)};
    return load_value(type(), archive);
  }
  Value grey_palette(const std::vector<float>& values) {
    return palette(at::tensor(values).unsqueeze(1).expand({-1, 3}).contiguous());
  }
  at::Tensor member(const Value& palette, const char* name) {
    return to_tensor(*save_value(palette).find(name)).clone();
  }

  Registry registry_;
};

}  // namespace calotype::test
