#include "watched_files.h"

#include <sys/stat.h>

#include <system_error>

#include "calotype/error.h"
#include "graph_source.h"

namespace calotype::cli {

namespace fs = std::filesystem;

namespace {

WatchedFiles::Stamp stamp_now(const std::string& file) {
  struct stat s {};
  if (::stat(file.c_str(), &s) != 0) return {};
  return {static_cast<std::uint64_t>(s.st_size),
          std::int64_t{s.st_mtim.tv_sec} * 1'000'000'000 + s.st_mtim.tv_nsec, s.st_ino};
}

}  // namespace

WatchedFiles::WatchedFiles(const std::string& graph_file, const std::vector<fs::path>& plugins)
    : graph_file_(graph_file), files_{graph_file} {
  for (const fs::path& folder : plugins) plugin_folders_.insert(folder.string());
}

void WatchedFiles::add_from_graph(const std::vector<std::string>& set, const Session& session) {
  try {
    add_graph(graph_file_);
    GraphSettings settings;
    for (const std::string& text : set) settings.set.push_back(parse_setting(text));
    add_parameters(validate(load_graph(graph_file_), *session.registry(), settings));
  } catch (const Error&) {
    // The run, which follows, reports it.
  }
}

void WatchedFiles::add_graph(const fs::path& file) {
  const Graph graph = load_graph(file);
  for (const GraphNode& node : graph.nodes) {
    if (node.type != "Graph") continue;
    const fs::path part = file.parent_path() / node.file;
    // A graph that contains itself is refused by the run, and so is a pipe.
    std::error_code ignored;
    const bool is_new = files_.insert(part.string()).second;
    if (is_new && fs::is_regular_file(part, ignored)) add_graph(part);
  }
}

void WatchedFiles::add_parameters(const ResolvedGraph& graph) {
  for (const ResolvedNode& node : graph.nodes) {
    for (std::size_t i = 0; i < node.files.size(); ++i) {
      if (node.files[i].empty()) continue;
      files_.insert(node.files[i]);
      const std::string& companion = node.schema->params[i].companion;
      if (!companion.empty()) {
        files_.insert(fs::path(node.files[i]).replace_extension(companion).string());
      }
    }
  }
}

WatchedFiles::State WatchedFiles::state() const {
  State state;
  for (const std::string& folder : plugin_folders_) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      const std::string file = it->path().string();
      if (it->path().extension() == ".so") state[file] = stamp_now(file);
    }
  }
  for (const std::string& file : files_) {
    state[file] = stamp_now(file);
    std::error_code error;
    if (!fs::is_directory(file, error)) continue;
    const auto follow = fs::directory_options::follow_directory_symlink;
    for (fs::recursive_directory_iterator it(file, follow, error), end; !error && it != end;
         it.increment(error)) {
      state[it->path().string()] = stamp_now(it->path().string());
    }
  }
  return state;
}

}  // namespace calotype::cli
