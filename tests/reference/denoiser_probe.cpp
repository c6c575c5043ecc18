/// Runs the node Sample with a UNet of a file, for comparison with whole pipelines of a reference:
///   calotype_denoiser_probe weights.safetensors in.safetensors out.safetensors key=value...
/// Inputs: "noise"; "context", "pooled", "channels", "vector", each as it is for the positive
/// conditioning and with "negative_" before it for the other one, which is there when it has a
/// context; "noise_level" (one int64); "latent". All but "noise" and "context" may be left out.
/// Keys: sampler, scheduler, steps, cfg_scale, denoise, and prediction (epsilon or v; left out: the
/// model's own). The latent is named "out".
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "checkpoint/named_weights.h"
#include "sampling/sample.h"
#include "unet/unet_denoiser.h"

namespace calotype {

namespace {

using Keys = std::map<std::string, std::string, std::less<>>;

std::shared_ptr<const Weights> read(const std::string& path) {
  return name_weights(path, SafetensorsFile(path).archive(),
                      [](std::string_view name) { return std::string(name); });
}

at::Tensor tensor_if_present(const Weights& in, const std::string& name) {
  return in.shape(name) ? in.tensor(name) : at::Tensor();
}

Conditioning conditioning(const Weights& in, const std::string& side) {
  Conditioning c{.context = tensor_if_present(in, side + "context"),
                 .pooled = tensor_if_present(in, side + "pooled"),
                 .channels = tensor_if_present(in, side + "channels"),
                 .vector = tensor_if_present(in, side + "vector")};
  if (in.shape("noise_level")) c.noise_level = in.tensor("noise_level").item<std::int64_t>();
  return c;
}

std::optional<Prediction> prediction(const Keys& keys) {
  const auto found = keys.find("prediction");
  if (found == keys.end()) return std::nullopt;
  return found->second == "v" ? Prediction::v : Prediction::epsilon;
}

at::Tensor sample(const std::string& weights_path, const Weights& in, const Keys& keys) {
  const auto weights = read(weights_path);
  Sample::Inputs inputs;
  inputs.model =
      make_unet_denoiser(weights, UNetConfig::detect(*weights), Placement{}, prediction(keys));
  inputs.positive = conditioning(in, "");
  if (in.shape("negative_context")) inputs.negative = conditioning(in, "negative_");
  inputs.noise.values = in.tensor("noise");
  inputs.noise.seeds.resize(static_cast<std::size_t>(inputs.noise.values.size(0)));
  if (in.shape("latent")) inputs.latent = Latent{in.tensor("latent")};
  Sample::Params params{.sampler = keys.at("sampler"),
                        .scheduler = keys.at("scheduler"),
                        .steps = std::stoll(keys.at("steps")),
                        .cfg_scale = std::stod(keys.at("cfg_scale")),
                        .denoise = std::stod(keys.at("denoise"))};
  RunContext context;
  return Sample::run(inputs, params, context).latent.values;
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 3) {
    std::fputs("usage: WEIGHTS IN OUT key=value...\n", stderr);
    return 2;
  }
  Keys keys{{"sampler", "euler"},
            {"scheduler", "normal"},
            {"steps", "20"},
            {"cfg_scale", "7"},
            {"denoise", "1"}};
  for (std::size_t i = 3; i < args.size(); ++i) {
    const std::size_t equals = args[i].find('=');
    keys[args[i].substr(0, equals)] = args[i].substr(equals + 1);
  }
  torch_scope([&] {
    TensorArchive out;
    out.tensors.push_back(to_archive("out", sample(args[0], *read(args[1]), keys)));
    write_safetensors(args[2], out);
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
