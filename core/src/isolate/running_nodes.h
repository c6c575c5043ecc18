#pragma once
/// Which nodes run in a worker, for the message when it ends before they do.
#include <set>
#include <string>
#include <utility>

#include "calotype/error.h"
#include "calotype/validate.h"

namespace calotype {

class RunningNodes {
 public:
  explicit RunningNodes(const ResolvedGraph& graph) : graph_(graph) {}

  void start(const ResolvedNode& node) { running_.insert(&node); }
  void end(const ResolvedNode& node) { running_.erase(&node); }
  /// The id of the plugin that is being opened; "" when it is open.
  void open_plugin(std::string id) { opening_ = std::move(id); }

  /// `TYPE (plugin ID) VERB: WHAT` at the node that runs; `WHAT while ...` when there are several
  /// or none.
  Error blame(const std::string& verb, const std::string& what, std::string hint) const;

 private:
  const ResolvedGraph& graph_;
  std::set<const ResolvedNode*> running_;
  std::string opening_;
};

}  // namespace calotype
