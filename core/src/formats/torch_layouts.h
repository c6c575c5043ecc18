#pragma once
// The two layouts of files that torch.save writes, from bytes to tensors.
#include <string>
#include <string_view>

#include "calotype/mapped_file.h"
#include "calotype/tensor_archive.h"

namespace calotype::torch_format {

/// Each throws Error(io). `text` is all bytes of the file.
TensorArchive read_zip(const MappedFile&, std::string_view text, const std::string& file);
TensorArchive read_legacy(const MappedFile&, std::string_view text, const std::string& file);

}  // namespace calotype::torch_format
