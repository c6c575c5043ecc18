#include "io/save_tensor.h"

#include <torch/headeronly/version.h>

#include <filesystem>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/value_io.h"

namespace calotype {

void SaveTensor::describe(Describe<SaveTensor>& d) {
  d.summary("Write a value, such as a latent, to a file.");
  d.input("value", &Inputs::value, "A value of any type but models.");
  d.param("path", &Params::path, "File to write, ending in .safetensors.").required();
  d.impure();
  d.lane(Lane::io);
}

SaveTensor::Outputs SaveTensor::run(const Inputs& in, const Params& p, RunContext& context) {
  if (std::filesystem::path(p.path).extension() != ".safetensors") {
    throw Error(ErrorCode::run, "path " + quote(p.path) + " must end in .safetensors");
  }
  TensorArchive archive = save_value(in.value);
  archive.metadata.merge(context.provenance(TORCH_VERSION));
  archive.metadata["port_type"] = in.value.type()->name;
  write_safetensors(p.path, archive);
  return {};
}

}  // namespace calotype
