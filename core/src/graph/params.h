#pragma once
/// The complete, checked parameters of one node.
#include <optional>
#include <string>
#include <vector>

#include "formats/problems.h"
#include "graph/overrides.h"
#include "graph/scope.h"

namespace calotype {

class Params {
 public:
  /// `seed`: for every seed parameter, over what else is said of it.
  Params(Expanded& graph, Overrides& overrides, const std::optional<ParamValue>& seed,
         Problems& problems, Problems& warnings)
      : graph_(graph),
        overrides_(overrides),
        seed_(seed),
        problems_(problems),
        warnings_(warnings) {}

  struct Result {
    std::vector<ParamValue> values;  ///< by the schema's params
    std::vector<std::string> files;
    std::vector<std::size_t> set_files;
    bool complete = false;  ///< false: something is wrong, which was reported
  };
  Result bind(const FlatNode& node);

 private:
  bool bind_given(const FlatNode& node, const GraphParam& given, std::vector<bool>& done,
                  Result& result);
  bool bind_input(const FlatNode& node, const GraphParam& given, std::size_t index, Result& result);
  Diagnostic& problem(const SourceRef& where, const FlatNode& node, const ParamSchema& schema);
  bool unknown(const FlatNode& node, const GraphParam& given);

  Expanded& graph_;
  Overrides& overrides_;
  const std::optional<ParamValue>& seed_;
  Problems& problems_;
  Problems& warnings_;
};

/// Where a file parameter is looked for: as it is when absolute or present from the current
/// folder, else beside the graph file that names it. A path `by_caller` that is in neither place
/// stays as it was typed.
std::string resolve_file(const std::string& path, const Graph& graph, bool by_caller);

}  // namespace calotype
