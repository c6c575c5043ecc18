#pragma once
/// What a run depends on, and whether it changed.
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "calotype/validate.h"
#include "session.h"

namespace calotype::cli {

/// A set of files and folders that only grows: a file that an editor has just deleted comes back.
class WatchedFiles {
 public:
  /// What tells two states of a file apart. All zero: it is not there.
  struct Stamp {
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using State = std::map<std::string, Stamp>;

  /// The graph file, and all libraries in plugin folders.
  WatchedFiles(const std::string& graph_file, const std::vector<std::filesystem::path>& plugins);

  /// The files of the graph's subgraphs and parameters (`set` as given to --set). What cannot be
  /// read or validated is left out: the run says so.
  void add_from_graph(const std::vector<std::string>& set, const Session& session);

  /// Folders with everything in them.
  State state() const;
  std::size_t size() const { return files_.size(); }

 private:
  void add_graph(const std::filesystem::path& file);
  void add_parameters(const ResolvedGraph& graph);

  const std::string graph_file_;
  std::set<std::string> files_;
  std::set<std::string> plugin_folders_;
};

}  // namespace calotype::cli
