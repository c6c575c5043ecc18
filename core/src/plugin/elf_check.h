#pragma once
/// Examines a shared library without loading it: the dynamic loader trusts what a file says of
/// itself and dies with SIGBUS on one that was cut off.
#include <string>
#include <vector>

#include "plugin/trusted_file.h"

namespace calotype {

/// What a library says to a Calotype host.
struct ElfFacts {
  std::vector<std::string> exports;  ///< defined symbols whose names begin with "calotype_plugin_"
  std::string tag;                   ///< bytes of section "calotype_abi"; empty: there is none
};

/// Throws Error(plugin) unless the file is a shared library for this machine whose headers,
/// segments and tables all lie within the file.
ElfFacts check_elf(const TrustedFile& file);

}  // namespace calotype
