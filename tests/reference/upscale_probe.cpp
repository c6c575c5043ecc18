/// Runs one part of upscaling over tensors of a file, for upscale_test.py: arguments are what to
/// run, a file of inputs, a file for the result ("out"), then key=value.
///   resample: "maps"; height, width, method
///   network: "pixels"; weights (a file), tile (0 = whole), dtype, device
///   low-res: "pixels"; noise_level, seed
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "pictures/resample.h"
#include "upscale/load_upscaler.h"
#include "upscale/low_res_condition.h"
#include "upscale/upscale_passes.h"

namespace {

using namespace calotype;

using Options = std::map<std::string, std::string>;

template <class T>
T named(const std::string& name) {
  for (const auto& [text, value] : EnumNames<T>::table()) {
    if (text == name) return value;
  }
  throw Error(ErrorCode::graph, "unknown name " + quote(name));
}

at::Tensor input(const TensorArchive& in, const std::string& name) {
  const ArchiveTensor* tensor = in.find(name);
  if (!tensor) throw Error(ErrorCode::io, "no tensor " + quote(name));
  return to_tensor(*tensor);
}

at::Tensor compute(const std::string& what, const TensorArchive& in, const Options& o) {
  if (what == "resample") {
    return resample(input(in, "maps"), std::stoll(o.at("height")), std::stoll(o.at("width")),
                    named<ResampleMethod>(o.at("method")));
  }
  if (what == "network") {
    RunContext context;
    const LoadUpscaler::Params p{.path = o.at("weights"),
                                 .dtype = named<DTypeChoice>(o.at("dtype")),
                                 .device = o.at("device"),
                                 .tile = std::stoll(o.at("tile"))};
    const UpscalerHandle upscaler = LoadUpscaler::run({}, p, context).upscaler;
    const at::Tensor pixels = input(in, "pixels");
    if (p.tile == 0) return upscaler->upscale(pixels);
    const PictureSize size{pixels.size(2), pixels.size(3)};
    return by_tiles(pixels, plan_passes(*upscaler, size, {}, 0).at(0), upscaler->scale(),
                    [&](const at::Tensor& tile) { return upscaler->upscale(tile); });
  }
  if (what == "low-res") {
    RunContext context;
    return LowResCondition::run({{}, {input(in, "pixels")}},
                                {std::stoll(o.at("noise_level")), std::stoull(o.at("seed"))},
                                context)
        .conditioning.channels;
  }
  throw Error(ErrorCode::graph, "unknown part " + quote(what));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> args(argv + 1, argv + argc);
    Options options;
    for (std::size_t i = 3; i < args.size(); ++i) {
      const std::size_t equals = args[i].find('=');
      options[args[i].substr(0, equals)] = args[i].substr(equals + 1);
    }
    torch_scope([&] {
      TensorArchive out;
      const TensorArchive in = SafetensorsFile(args.at(1)).archive();
      out.tensors.push_back(to_archive("out", compute(args.at(0), in, options)));
      write_safetensors(args.at(2), out);
    });
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
