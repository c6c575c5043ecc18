#include "graph/about_file.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

namespace calotype {

namespace fs = std::filesystem;

namespace {

bool is_there(const std::string& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

/// Why nothing can be read from `file`, as far as that can be told without opening it; else "".
std::string why_unreadable(const std::string& file) {
  if (!is_there(file)) return "there is no file " + quote(file);
  std::error_code ignored;
  return fs::is_other(file, ignored) ? quote(file) + " is neither a file nor a folder" : "";
}

}  // namespace

Diagnostic about_file(const ResolvedNode& node, std::size_t index) {
  const bool by_caller = std::ranges::find(node.set_files, index) != node.set_files.end();
  Diagnostic d = diagnostic_at(by_caller ? SourceRef{} : node.where);
  d.node = node.id;
  d.port = "param " + quote(node.schema->params[index].name);
  const fs::path file = node.files[index];
  if (!by_caller || file.is_absolute() || is_there(file) || !node.where.source) return d;
  const fs::path folder = fs::path(node.where.source->file).parent_path();
  d.hint = "looked in the current folder";
  if (!folder.empty()) d.hint += " and beside the graph, in " + quote(folder.string());
  return d;
}

std::vector<Diagnostic> missing_files(const ResolvedGraph& graph) {
  std::vector<Diagnostic> missing;
  for (const ResolvedNode& node : graph.nodes) {
    for (std::size_t i = 0; i < node.files.size(); ++i) {
      if (node.files[i].empty()) continue;
      std::string why = why_unreadable(node.files[i]);
      if (why.empty()) continue;
      Diagnostic d = about_file(node, i);
      d.what = std::move(why);
      missing.push_back(std::move(d));
    }
  }
  return missing;
}

}  // namespace calotype
