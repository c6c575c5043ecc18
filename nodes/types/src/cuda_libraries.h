#pragma once
// Libraries of CUDA that others look for by name alone.
#include <filesystem>

#include "calotype/api.h"

namespace calotype {

/// Opens NVRTC and its builtins in the packages `nvidia/*/lib` beside the package whose libraries
/// are in `torch_lib`, as torch's Python package does when it is imported: cuDNN compiles some of
/// its kernels when they are used, and finds NVRTC's builtins only where they are open already.
/// What is not there is left out.
CALOTYPE_API void open_nvrtc(const std::filesystem::path& torch_lib);

/// The same beside the libtorch_cuda of this process, if there is one.
void open_nvrtc();

}  // namespace calotype
