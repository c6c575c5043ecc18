#pragma once
/// What else decides results, as part of every cache key: programs that agree on it share a cache.
#include <string>
#include <string_view>

#include "calotype/api.h"

namespace calotype {

/// Such as "torch 2.13.0 cuda". `torch_has_cuda`: this build of torch can use a GPU. Whether there
/// is one is asked of the system, not of libtorch, which need not be loaded.
CALOTYPE_API std::string run_environment(std::string_view torch_version, bool torch_has_cuda);

}  // namespace calotype
