#pragma once
#include <map>
#include <string>
#include <vector>

#include "calotype/engine.h"

namespace calotype::cli {

/// What `--report` writes; see docs/command-line.md.
struct RunReport {
  std::string graph;
  const RunResult* result = nullptr;
  std::map<std::string, std::vector<std::string>> outputs;  ///< name -> files
};

/// One JSON object, indented, with a final newline.
std::string to_json(const RunReport&);

/// Highest resident memory of this process so far, in bytes.
std::uint64_t peak_rss_bytes();

}  // namespace calotype::cli
