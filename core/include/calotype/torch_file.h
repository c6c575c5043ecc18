#pragma once
/// Reader of the files that torch.save writes (.ckpt, .pt, .pth, .bin), in the ZIP layout and in
/// the older one. Torch-free. The pickle inside is read as data: nothing that it names is ever
/// looked up, called or imported. Rules and limits: docs/formats.md.
#include <filesystem>
#include <string>
#include <string_view>

#include "calotype/api.h"
#include "calotype/mapped_file.h"
#include "calotype/tensor_archive.h"

namespace calotype {

/// True when the file starts like one of torch.save. No safetensors file does.
CALOTYPE_API bool is_torch_file(std::string_view bytes);

/// Named tensors and metadata. Tensors share the mapped bytes, but for those whose strides are not
/// those of a plain block, which are copied. The checksum of a storage is compared when a tensor of
/// it is first used (ArchiveTensor::verify), since it takes a pass over all bytes. `file` is for
/// messages. Throws Error(io) with one diagnostic that names the place and the rule broken.
CALOTYPE_API TensorArchive read_torch_file(const MappedFile&, const std::string& file);

/// Maps the file first.
CALOTYPE_API TensorArchive read_torch_file(const std::filesystem::path&);

}  // namespace calotype
