#pragma once
/// The rules of lint_plugin that need a run: same inputs, same results; inputs left alone; hooks of
/// the plugin's port types that agree with its values.
#include <map>
#include <string>
#include <vector>

#include "calotype/lint.h"
#include "calotype/node.h"
#include "calotype/registry.h"
#include "kit/lint_rules.h"

namespace calotype {

class TwoRuns {
 public:
  /// `own_types`: names of the port types that the plugin defines.
  TwoRuns(Registry& registry, std::vector<std::string> own_types, LintReport& report,
          const LintProgress& progress);

  /// Runs what can be run. Results of a node serve as inputs of the others.
  void run_all();

 private:
  struct Outcome {
    std::vector<Value> values;
    std::string failure;  ///< empty: it succeeded
  };
  using Inputs = std::vector<std::vector<Value>>;

  /// Why the node cannot be run whatever inputs there are; "" when it can.
  std::string obstacle(const NodeSchema&) const;
  /// False when a value is missing; `why` then names it.
  bool gather(const NodeSchema&, Inputs&, std::string& why);
  Value value_of(const NodeType&, const std::string& type);
  void run_twice(const NodeSchema&, const Inputs&);
  Outcome run_once(const NodeType&, const Inputs&);
  void compare(const NodeSchema&, const Outcome&, const Outcome&,
               const std::vector<std::string>& first_digests);

  Registry& registry_;
  const std::vector<std::string> own_types_;
  LintReport& report_;
  const LintProgress& progress_;
  std::map<std::string, Value> pool_;  ///< by port type
};

}  // namespace calotype
