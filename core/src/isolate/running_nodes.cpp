#include "isolate/running_nodes.h"

#include <fmt/format.h>

#include <utility>

namespace calotype {

Error RunningNodes::blame(const std::string& verb, const std::string& what,
                          std::string hint) const {
  if (running_.size() == 1) {
    const ResolvedNode& node = **running_.begin();
    Diagnostic d = diagnostic_at(node.where);
    d.node = node.id;
    d.what =
        fmt::format("{} (plugin {}) {}: {}", node.schema->type, node.schema->plugin, verb, what);
    d.hint = std::move(hint);
    return Error(ErrorCode::run, {std::move(d)});
  }
  if (running_.empty()) {
    const std::string when =
        opening_.empty() ? "no node ran" : "the worker opened plugin " + quote(opening_);
    return Error(ErrorCode::run, what + " while " + when, std::move(hint));
  }
  std::string names;
  for (const ResolvedNode& node : graph_.nodes) {
    if (!running_.contains(&node)) continue;
    names += fmt::format("{}{} ({}, plugin {})", names.empty() ? "" : ", ", quote(node.id),
                         node.schema->type, node.schema->plugin);
  }
  return Error(ErrorCode::run, what + " while these nodes ran: " + names, std::move(hint));
}

}  // namespace calotype
