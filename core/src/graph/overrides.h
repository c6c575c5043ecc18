#pragma once
/// The caller's `set` settings, looked up while nodes are bound. Later settings win.
#include <map>
#include <string>
#include <string_view>

#include "calotype/validate.h"
#include "formats/problems.h"
#include "graph/scope.h"

namespace calotype {

class Overrides {
 public:
  explicit Overrides(const GraphSettings& settings);

  /// The value for `node.param`, or for a graph input when `node` is empty; null when unset.
  const ParamValue* take(std::string_view node, std::string_view param);
  /// True when some setting names the node: a cheap test before looking up each param.
  bool any_for(std::string_view node) const { return by_node_.find(node) != by_node_.end(); }
  /// Reports settings that nothing has taken.
  void report_unknown(const Expanded& graph, Problems& problems) const;

 private:
  struct Setting {
    ParamValue value;
    bool used = false;
  };
  std::map<std::string, std::map<std::string, Setting, std::less<>>, std::less<>> by_node_;
};

}  // namespace calotype
