#pragma once
/// Between at::Tensor and the torch-free bytes of an archive.
#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

#include "calotype/tensor_archive.h"

namespace calotype {

/// Contiguous host copy if needed, otherwise shared memory.
CALOTYPE_API ArchiveTensor to_archive(std::string name, const at::Tensor& tensor);
/// Verifies the bytes and shares them when they are aligned for the type, otherwise copies. The
/// tensor must not be written to. Throws Error(io) for damaged bytes and for element types that
/// torch does not have.
CALOTYPE_API at::Tensor to_tensor(const ArchiveTensor& tensor);
/// Empty for element types that torch does not have.
CALOTYPE_API std::optional<c10::ScalarType> scalar_type(DType);

}  // namespace calotype
