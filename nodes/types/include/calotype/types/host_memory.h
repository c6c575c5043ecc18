#pragma once
/// How the process gets its large blocks of host memory. Process-wide; thread-safe.
#include "calotype/api.h"

namespace calotype {

/// Large blocks are kept for the next operator. Given back to the kernel after each, they would be
/// faulted in again page by page, which costs up to half of the time of a network on the CPU.
CALOTYPE_API void keep_large_blocks();

/// While one exists, large blocks are mapped one by one and go back to the kernel when freed. Kept
/// around the reading of weights: what is read and what stays of it alternate, so that on the
/// common heap the holes in between would be lost.
class CALOTYPE_API MapLargeBlocks {
 public:
  MapLargeBlocks();
  ~MapLargeBlocks();
  MapLargeBlocks(const MapLargeBlocks&) = delete;
  MapLargeBlocks& operator=(const MapLargeBlocks&) = delete;
};

}  // namespace calotype
