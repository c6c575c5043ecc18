#pragma once
/// One door for every file of weights, whatever its format and ending. Torch-free.
#include <filesystem>

#include "calotype/api.h"
#include "calotype/tensor_archive.h"

namespace calotype {

/// Tensors and metadata of a safetensors file or of a PyTorch file (.ckpt, .pt, .pth, .bin), told
/// apart by content. Only a file named .safetensors must be one. Reads names and shapes; the bytes
/// of tensors stay in the mapped file. Nothing in the file is ever executed. Throws Error(io):
/// missing, empty, a folder or device, another kind of file, any broken rule of docs/formats.md.
/// Safe to call from any thread.
CALOTYPE_API TensorArchive open_weights_file(const std::filesystem::path&);

}  // namespace calotype
