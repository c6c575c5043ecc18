#pragma once
/// The weights in a folder of diffusers or transformers: one file, or several that an index lists.
#include <filesystem>
#include <string>
#include <string_view>

#include "calotype/tensor_archive.h"

namespace calotype {

struct WeightFiles {
  std::string origin;  ///< the file, or the index; for messages
  TensorArchive tensors;
};

/// Names of a folder's weight files without their endings, in both formats.
struct WeightFileNames {
  std::string_view safetensors;
  std::string_view torch;
};
inline constexpr WeightFileNames kDiffusersWeights{"diffusion_pytorch_model",
                                                   "diffusion_pytorch_model"};
inline constexpr WeightFileNames kTransformersWeights{"model", "pytorch_model"};

/// Takes the first that is there: `<name>.safetensors`, its shards, `<name>.bin`, its shards; then
/// the same of the variant fp16, then of bf16. Throws Error(io): no weights, an index that is
/// damaged, names a file outside the folder, a missing file or a tensor that its file lacks.
WeightFiles open_weight_files(const std::filesystem::path& folder, const WeightFileNames&);

/// Whether the folder has any of them.
bool has_weight_files(const std::filesystem::path& folder, const WeightFileNames&);

}  // namespace calotype
