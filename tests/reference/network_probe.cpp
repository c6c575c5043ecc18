/// Runs one network over tensors of a file, for comparison with a reference:
///   calotype_network_probe unet|vae-encode|vae-decode|text weights.safetensors in.safetensors
///                          out.safetensors [--dtype float32|bfloat16|float16] [--device cpu|cuda]
/// Inputs: unet "x", "timesteps", "context"; vae-encode "pixels"; vae-decode "latent"; text "ids"
/// and, if not 0, "clip_skip" (one int64). The result is named "out".
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "text/clip_text_encoder.h"
#include "unet/unet_denoiser.h"
#include "vae/autoencoder_kl.h"

namespace calotype {

namespace {

class FileWeights final : public Weights {
 public:
  explicit FileWeights(const std::string& path) : file_(path) {
    for (const TensorInfo& info : file_.tensors()) shapes_[info.name] = info.shape;
  }
  std::string origin() const override { return file_.path().string(); }
  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const TensorInfo& info : file_.tensors()) names.push_back(info.name);
    return names;
  }
  const std::vector<std::int64_t>* shape(std::string_view name) const override {
    const auto found = shapes_.find(name);
    return found == shapes_.end() ? nullptr : &found->second;
  }
  at::Tensor tensor(std::string_view name) const override {
    const TensorInfo* info = file_.find(name);
    if (!info) throw Error(ErrorCode::io, "no tensor " + quote(name));
    return to_tensor(file_.tensor(*info));
  }
  std::size_t bytes() const override {
    std::size_t total = 0;
    for (const TensorInfo& info : file_.tensors()) total += info.end - info.begin;
    return total;
  }

 private:
  SafetensorsFile file_;
  std::map<std::string, std::vector<std::int64_t>, std::less<>> shapes_;
};

at::Tensor compute(const std::string& what, const std::string& weights_path, const Weights& in,
                   Placement placement) {
  const auto weights = std::make_shared<const FileWeights>(weights_path);
  if (what == "unet") {
    const auto denoiser = make_unet_denoiser(weights, placement, Prediction::epsilon, "sd1");
    return denoiser->begin({.context = in.tensor("context")})
        ->predict(in.tensor("x"), in.tensor("timesteps"));
  }
  if (what == "vae-encode") {
    return make_autoencoder_kl(weights, placement, 0.18215)->encode(in.tensor("pixels"));
  }
  if (what == "vae-decode") {
    return make_autoencoder_kl(weights, placement, 0.18215)->decode(in.tensor("latent"));
  }
  if (what == "text") {
    const std::int64_t skip =
        in.shape("clip_skip") ? in.tensor("clip_skip").item<std::int64_t>() : 0;
    return make_clip_text_tower(weights, placement, {})->encode(in.tensor("ids"), skip).context;
  }
  throw Error(ErrorCode::graph, "unknown network " + quote(what));
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 4 || args.size() % 2 != 0) {
    std::fputs("usage: unet|vae-encode|vae-decode|text WEIGHTS IN OUT [--dtype T] [--device D]\n",
               stderr);
    return 2;
  }
  const std::map<std::string, c10::ScalarType> dtypes{
      {"float32", at::kFloat}, {"bfloat16", at::kBFloat16}, {"float16", at::kHalf}};
  Placement placement;
  for (std::size_t i = 4; i < args.size(); i += 2) {
    if (args[i] == "--dtype") placement.dtype = dtypes.at(args[i + 1]);
    if (args[i] == "--device") placement.device = c10::Device(args[i + 1]);
  }
  torch_scope([&] {
    const FileWeights in(args[2]);
    TensorArchive out;
    out.tensors.push_back(to_archive("out", compute(args[0], args[1], in, placement)));
    write_safetensors(args[3], out);
  });
  return 0;
}

}  // namespace

}  // namespace calotype

int main(int argc, char** argv) {
  try {
    return calotype::run({argv + 1, argv + argc});
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
