#pragma once
/// What `--report` writes; see docs/command-line.md.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calotype/engine.h"
#include "run_recorder.h"

namespace calotype::cli {

struct RunReport {
  struct Failure {
    std::string kind;  ///< "run", "io" and so on, as in ErrorCode
    std::string message;
  };

  std::string graph;
  double seconds = 0;
  std::map<std::string, std::uint64_t> seeds;  ///< "node.param" -> number; drawn ones too
  std::vector<RecordedNode> nodes;
  std::map<std::string, std::vector<std::string>> outputs;  ///< name -> files
  std::optional<Failure> error;
};

RunReport::Failure failure_of(const std::exception& error);

/// One JSON object, indented, with a final newline. Texts that are not UTF-8 are mended.
std::string to_json(const RunReport&);

/// Throws Error(io).
void write_report(const RunReport&, const std::filesystem::path& file);

/// Highest resident memory of this process so far, in bytes.
std::uint64_t peak_rss_bytes();

}  // namespace calotype::cli
