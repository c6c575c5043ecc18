#pragma once
/// How the process gets its large blocks of host memory. Process-wide; thread-safe.
#include "calotype/api.h"

namespace calotype {

/// From now on large tensors on the CPU, torch's own too, get blocks whose pages are kept for the
/// next operator. To be called once, before threads that make tensors start. Under AddressSanitizer
/// nothing changes, so that it sees every block.
CALOTYPE_API void keep_large_blocks();

/// While one exists, the large tensors made by this thread go back to the kernel when they are
/// freed. For weights: they stay for long, and whoever unloads a model wants its memory back.
class CALOTYPE_API UnmapAfterUse {
 public:
  UnmapAfterUse();
  ~UnmapAfterUse();
  UnmapAfterUse(const UnmapAfterUse&) = delete;
  UnmapAfterUse& operator=(const UnmapAfterUse&) = delete;
};

/// Bytes that the process may still take for tensors: the kernel's estimate of what is available,
/// and the pages that are kept. Infinity where the kernel gives none.
CALOTYPE_API double free_host_memory();

}  // namespace calotype
