/// Runs the parts of a checkpoint as graphs load them, for comparison with a reference:
///   calotype_checkpoint_probe checkpoint PATH in.safetensors out.safetensors [--name value]...
///   calotype_checkpoint_probe vae        PATH in.safetensors out.safetensors [--name value]...
/// Inputs: "x", "timesteps" for the UNet (with the prompt as context), "latent" and "pixels" for
/// the VAE. Results: "context", "predicted", "decoded", "encoded", and "prediction" (0: epsilon,
/// 1: v). Options: --text, --weighting, --clip_skip for the prompt; --dtype, --device.
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/types/aten.h"
#include "calotype/types/tensor_io.h"
#include "calotype/types/torch_scope.h"
#include "checkpoint/load_checkpoint.h"
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

void run_checkpoint(const LoadCheckpoint::Params& params, const Options& options,
                    const TensorArchive& in, TensorArchive& out) {
  RunContext context;
  const auto loaded = LoadCheckpoint::run({}, params, context);
  const auto weighting = ParamTraits<PromptWeighting>::read(option(options, "weighting", "none"));
  const at::Tensor text =
      TextEncode::run(
          {loaded.text_encoder},
          {option(options, "text", ""), std::stoll(option(options, "clip_skip", "0")), weighting},
          context)
          .conditioning.context;
  out.tensors.push_back(to_archive("context", text));
  const at::Tensor x = input(in, "x");
  const auto run = loaded.model->begin({.context = text.expand({x.size(0), -1, -1})});
  out.tensors.push_back(to_archive("predicted", run->predict(x, input(in, "timesteps"))));
  const std::int64_t prediction = loaded.model->prediction() == Prediction::v ? 1 : 0;
  out.tensors.push_back(to_archive("prediction", at::tensor(prediction)));
  run_vae(*loaded.vae, in, out);
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 4 || args.size() % 2 != 0 || (args[0] != "checkpoint" && args[0] != "vae")) {
    std::fputs("usage: checkpoint|vae PATH IN OUT [--name value]...\n", stderr);
    return 2;
  }
  Options options;
  for (std::size_t i = 4; i < args.size(); i += 2) {
    if (args[i].starts_with("--")) options[args[i].substr(2)] = args[i + 1];
  }
  const auto dtype = ParamTraits<DTypeChoice>::read(option(options, "dtype", "auto"));
  const std::string device = option(options, "device", "cpu");
  torch_scope([&] {
    const TensorArchive in = SafetensorsFile(args[2]).archive();
    TensorArchive out;
    if (args[0] == "vae") {
      RunContext context;
      run_vae(*LoadVAE::run({}, {args[1], dtype, device}, context).vae, in, out);
    } else {
      run_checkpoint({.path = args[1], .dtype = dtype, .device = device}, options, in, out);
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
