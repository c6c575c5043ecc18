/// Runs the parts of a checkpoint as graphs load them, for comparison with a reference:
///   calotype_checkpoint_probe checkpoint|denoiser|vae PATH in.safetensors out.safetensors
///                             [--name value]...
/// Inputs: "x", "timesteps" and, where the UNet takes them, "vector" or "noise_levels", "context"
/// (of a denoiser; else the prompt is the context); "latent" and "pixels" for the VAE. Results:
/// "context", "pooled", "predicted", "decoded", "encoded", "prediction" (0: epsilon, 1: v),
/// "alphas". Options: --text, --weighting, --clip_skip for the prompt; --dtype, --device, --family,
/// --prediction, --scaling.
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "checkpoint/load_checkpoint.h"
#include "checkpoint/load_denoiser.h"
#include "checkpoint/load_vae.h"
#include "text/text_encode.h"

namespace calotype {

namespace {

using Options = std::map<std::string, std::string>;

std::string option(const Options& options, const std::string& name, std::string otherwise) {
  const auto it = options.find(name);
  return it == options.end() ? otherwise : it->second;
}

at::Tensor input(const TensorArchive& in, const std::string& name) {
  const ArchiveTensor* t = in.find(name);
  if (!t) throw Error(ErrorCode::io, "the input has no tensor " + quote(name));
  return to_tensor(*t);
}

void run_vae(const Autoencoder& vae, const TensorArchive& in, TensorArchive& out) {
  out.tensors.push_back(to_archive("decoded", vae.decode(input(in, "latent"))));
  out.tensors.push_back(to_archive("encoded", vae.encode(input(in, "pixels"))));
}

at::Tensor input_if_present(const TensorArchive& in, const std::string& name) {
  return in.find(name) ? input(in, name) : at::Tensor();
}

void run_denoiser(const Denoiser& model, const at::Tensor& context, const TensorArchive& in,
                  TensorArchive& out) {
  const at::Tensor x = input(in, "x");
  const auto run = model.begin({.context = context.expand({x.size(0), -1, -1}),
                                .vector = input_if_present(in, "vector"),
                                .noise_levels = input_if_present(in, "noise_levels")});
  out.tensors.push_back(to_archive("predicted", run->predict(x, input(in, "timesteps"))));
  const std::int64_t prediction = model.prediction() == Prediction::v ? 1 : 0;
  out.tensors.push_back(to_archive("prediction", at::tensor(prediction)));
  out.tensors.push_back(to_archive("alphas", model.alphas_cumprod()));
}

/// The parameters that LoadCheckpoint and LoadDenoiser have in common.
template <class Params>
Params params_of(const std::string& path, const Options& options) {
  return {.path = path,
          .dtype = ParamTraits<DTypeChoice>::read(option(options, "dtype", "auto")),
          .device = option(options, "device", "cpu"),
          .family = ParamTraits<FamilyChoice>::read(option(options, "family", "auto")),
          .prediction = ParamTraits<PredictionChoice>::read(option(options, "prediction", "auto"))};
}

void run_checkpoint(const std::string& path, const Options& options, const TensorArchive& in,
                    TensorArchive& out) {
  RunContext context;
  const auto loaded =
      LoadCheckpoint::run({}, params_of<LoadCheckpoint::Params>(path, options), context);
  const auto weighting = ParamTraits<PromptWeighting>::read(option(options, "weighting", "none"));
  const Conditioning text =
      TextEncode::run({loaded.text_encoder},
                      {.text = option(options, "text", ""),
                       .clip_skip = std::stoll(option(options, "clip_skip", "0")),
                       .weighting = weighting},
                      context)
          .conditioning;
  out.tensors.push_back(to_archive("context", text.context));
  if (text.pooled.defined()) out.tensors.push_back(to_archive("pooled", text.pooled));
  run_denoiser(*loaded.model, text.context, in, out);
  run_vae(*loaded.vae, in, out);
}

void run_vae_alone(const std::string& path, const Options& options, const TensorArchive& in,
                   TensorArchive& out) {
  LoadVAE::Params params{.path = path,
                         .dtype = ParamTraits<DTypeChoice>::read(option(options, "dtype", "auto")),
                         .device = option(options, "device", "cpu")};
  if (options.contains("scaling")) params.scaling = std::stod(options.at("scaling"));
  RunContext context;
  run_vae(*LoadVAE::run({}, params, context).vae, in, out);
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 4 || args.size() % 2 != 0) {
    std::fputs("usage: checkpoint|denoiser|vae PATH IN OUT [--name value]...\n", stderr);
    return 2;
  }
  Options options;
  for (std::size_t i = 4; i < args.size(); i += 2) {
    if (args[i].starts_with("--")) options[args[i].substr(2)] = args[i + 1];
  }
  torch_scope([&] {
    const TensorArchive in = SafetensorsFile(args[2]).archive();
    TensorArchive out;
    if (args[0] == "vae") {
      run_vae_alone(args[1], options, in, out);
    } else if (args[0] == "denoiser") {
      RunContext context;
      const auto params = params_of<LoadDenoiser::Params>(args[1], options);
      run_denoiser(*LoadDenoiser::run({}, params, context).model, input(in, "context"), in, out);
    } else {
      run_checkpoint(args[1], options, in, out);
    }
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
