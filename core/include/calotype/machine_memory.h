#pragma once
/// How much memory this machine has, for those who refuse work before it is begun. Thread-safe.
#include <cstdint>
#include <string>

#include "calotype/api.h"

namespace calotype {

/// In bytes; 0 when unknown.
CALOTYPE_API std::uint64_t physical_memory();

/// For people: "512 bytes", "4.7 TiB", "23 GiB". Rounded, because such numbers are estimates.
CALOTYPE_API std::string memory_text(double bytes);

}  // namespace calotype
