#pragma once
/// What a benchmark says of memory.
#include <fstream>
#include <string>

namespace calotype {

/// The most host memory that this program has had at once, in MiB. Not from getrusage: there the
/// peak of the process that started this one counts too.
inline long host_peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace calotype
