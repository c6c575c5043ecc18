#include "graph/about_file.h"

#include <algorithm>
#include <filesystem>

namespace calotype {

namespace fs = std::filesystem;

namespace {

bool is_there(const std::string& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
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
      if (node.files[i].empty() || is_there(node.files[i])) continue;
      Diagnostic d = about_file(node, i);
      d.what = "there is no file " + quote(node.files[i]);
      missing.push_back(std::move(d));
    }
  }
  return missing;
}

}  // namespace calotype
