#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "calotype/registry.h"
#include "run/plan_tables.h"

namespace calotype {

struct ChangedFile {
  std::uint32_t node = 0;  ///< whose parameter names it
  std::string path;
};

/// For each node of a plan the nodes whose files it reads: itself, and those that opened the models
/// which it gets, since weights are read when they are first used. Immutable; thread-safe.
class FileSources {
 public:
  /// The plugins of the nodes that run are open.
  FileSources(const PlanTables&, const Registry&);

  /// A file that `node` read and that is another one now than when the plan was made.
  std::optional<ChangedFile> changed(std::uint32_t node) const;

 private:
  const PlanTables& plan_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> sources_;
};

}  // namespace calotype
