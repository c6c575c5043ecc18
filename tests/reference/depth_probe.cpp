/// Estimates the depth of a picture, for comparison with a reference:
///   calotype_depth_probe MODEL in.safetensors out.safetensors [--dtype float32|bfloat16|float16]
///                        [--device cpu|cuda]
/// Input: "pixels" [1, 3, H, W]. Results: "prepared", "estimate", and "resized" to the picture.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "depth/depth_files.h"
#include "depth/dpt_depth_model.h"

namespace {

int run(const std::vector<std::string>& args) {
  using namespace calotype;
  if (args.size() < 3 || args.size() % 2 == 0) {
    std::fputs("usage: MODEL IN OUT [--dtype T] [--device D]\n", stderr);
    return 2;
  }
  const std::map<std::string, c10::ScalarType> dtypes{
      {"float32", at::kFloat}, {"bfloat16", at::kBFloat16}, {"float16", at::kHalf}};
  Placement placement;
  for (std::size_t i = 3; i < args.size(); i += 2) {
    if (args[i] == "--dtype") placement.dtype = dtypes.at(args[i + 1]);
    if (args[i] == "--device") placement.device = c10::Device(args[i + 1]);
  }
  torch_scope([&] {
    const SafetensorsFile in(args[1]);
    const at::Tensor pixels = to_tensor(in.tensor(*in.find("pixels")));
    const DepthParts parts = open_depth_model(args[0]);
    const DepthModelHandle model = make_depth_model(parts, placement);
    const at::Tensor estimate = model->estimate(pixels);
    TensorArchive out;
    out.tensors.push_back(to_archive("prepared", prepare_picture(parts.preparation, pixels)));
    out.tensors.push_back(to_archive("estimate", estimate));
    out.tensors.push_back(
        to_archive("resized", model->resize(estimate, pixels.size(2), pixels.size(3))));
    write_safetensors(args[2], out);
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
