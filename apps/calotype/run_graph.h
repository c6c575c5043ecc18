#pragma once
/// One run of a graph by the command line: from the arguments to files.
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "session.h"

namespace calotype::cli {

struct RunArguments {
  std::string graph;
  std::vector<std::string> set;
  std::vector<std::string> output;
  std::string report;
  std::optional<std::string> seed;  ///< a number, or "random"
  bool explain = false;
  bool dry_run = false;
  bool no_cache = false;
  bool isolate = false;            ///< in a worker process
  double timeout = 0;              ///< seconds, of an isolated run; 0 = no limit
  std::uint64_t memory_limit = 0;  ///< MiB, of an isolated run; 0 = no limit
};

/// False with --no-cache, and when caches are switched off.
bool uses_cache(const RunArguments&);

/// Output name -> files.
using WrittenFiles = std::map<std::string, std::vector<std::filesystem::path>>;

/// Runs the graph and writes its outputs. Outputs for which the user named no file go to the files
/// in `written`, where earlier runs left them, or else to new ones, which are added. Throws Error.
void run_graph(const RunArguments&, const GlobalOptions&, const Session&, std::stop_token stop,
               WrittenFiles& written);

}  // namespace calotype::cli
