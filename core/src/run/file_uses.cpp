#include "run/file_uses.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "graph/about_file.h"

namespace calotype {

namespace fs = std::filesystem;

namespace {

/// The neighbour of a file with the ending `companion`; empty when there is none.
fs::path companion_of(const fs::path& file, const std::string& companion) {
  std::error_code ignored;
  if (companion.empty() || !fs::is_regular_file(file, ignored)) return {};
  fs::path beside = file;
  beside.replace_extension(companion);
  if (beside == file || !fs::is_regular_file(beside, ignored)) return {};
  return beside;
}

FileUse use_of(FileDigests& digests, const fs::path& file, const std::string& companion,
               const std::stop_token& stop) {
  FileUse use;
  use.file = file;
  use.companion = companion;
  const FileState state = digests.state(file, stop);
  use.content = state.content;
  use.stamps.push_back(state.stamp);
  use.key = state.content;
  const fs::path beside = companion_of(file, companion);
  if (beside.empty()) return use;
  const FileState other = digests.state(beside, stop);
  use.stamps.push_back(other.stamp);
  use.key = Hasher().hash(use.content).hash(other.content).digest();
  return use;
}

bool has_changed(const FileUse& use) {
  try {
    std::vector<Hash128> stamps{FileDigests::stamp(use.file)};
    const fs::path beside = companion_of(use.file, use.companion);
    if (!beside.empty()) stamps.push_back(FileDigests::stamp(beside));
    return stamps != use.stamps;
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

void digest_files(PlanTables& plan, FileDigests& digests, const std::stop_token& stop) {
  plan.file_digests.resize(plan.graph.nodes.size());
  plan.run_params.resize(plan.graph.nodes.size());
  for (std::uint32_t i = 0; i < plan.graph.nodes.size(); ++i) {
    const ResolvedNode& node = plan.graph.nodes[i];
    for (std::uint32_t p = 0; p < node.files.size(); ++p) {
      if (node.files[p].empty()) continue;
      if (plan.run_params[i].empty()) {
        plan.file_digests[i].resize(node.params.size());
        plan.run_params[i] = node.params;
      }
      plan.run_params[i][p] = node.files[p];
      const ParamSchema& param = node.schema->params[p];
      try {
        FileUse use = use_of(digests, node.files[p], param.companion, stop);
        use.param = p;
        plan.file_digests[i][p] = use.key;
        plan.files[i].push_back(std::move(use));
      } catch (const Error& e) {
        if (e.code() == ErrorCode::cancelled) throw;
        Diagnostic d = about_file(node, p);
        d.what = e.diagnostics().front().what;
        if (d.hint.empty()) d.hint = e.diagnostics().front().hint;
        throw Error(ErrorCode::io, {std::move(d)});
      }
    }
  }
}

std::map<std::string, std::string> file_digests(const PlanTables& plan) {
  std::map<std::string, std::string> digests;
  for (const auto& [index, uses] : plan.files) {
    const ResolvedNode& node = plan.graph.nodes[index];
    for (const FileUse& use : uses) {
      digests[node.id + "." + node.schema->params[use.param].name] = use.content.hex();
    }
  }
  return digests;
}

std::string changed_file(const PlanTables& plan, std::uint32_t node) {
  const auto found = plan.files.find(node);
  if (found == plan.files.end()) return {};
  for (const FileUse& use : found->second) {
    if (has_changed(use)) return use.file.string();
  }
  return {};
}

}  // namespace calotype
