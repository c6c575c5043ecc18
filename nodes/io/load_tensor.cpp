#include "io/load_tensor.h"

#include <memory>
#include <utility>
#include <vector>

#include "calotype/error.h"
#include "calotype/safetensors.h"
#include "calotype/value_io.h"

namespace calotype {

namespace {

/// The bytes without the file: it may change while the value lives.
TensorArchive copied(TensorArchive archive) {
  for (ArchiveTensor& tensor : archive.tensors) {
    tensor.verify();
    auto bytes = std::make_shared<std::vector<std::byte>>(tensor.bytes.begin(), tensor.bytes.end());
    tensor.bytes = *bytes;
    tensor.owner = std::move(bytes);
    tensor.mapped = false;
    tensor.check = {};
  }
  return archive;
}

}  // namespace

void LoadTensor::describe(Describe<LoadTensor>& d) {
  d.summary("Read a value, such as a latent, from a file.");
  d.param("path", &Params::path, "A .safetensors file that SaveTensor or --output wrote.")
      .file()
      .required();
  d.param("type", &Params::type, "Port type of the value: Latent, Image, Conditioning, ...");
  d.output("value", &Outputs::value, "type", "The value, of the port type that `type` names.");
  d.lane(Lane::io);
}

LoadTensor::Outputs LoadTensor::run(const Inputs&, const Params& p, RunContext& context) {
  const PortType& type = context.port_type(p.type);
  const TensorArchive archive = copied(SafetensorsFile(p.path).archive());
  const auto written_as = archive.metadata.find("port_type");
  if (written_as != archive.metadata.end() && written_as->second != p.type) {
    throw Error(ErrorCode::io, p.path + ": expected a " + p.type + ", got a " + written_as->second,
                "set type to " + quote(written_as->second));
  }
  return {load_value(type, archive, "save it with SaveTensor, or with --output")};
}

}  // namespace calotype
