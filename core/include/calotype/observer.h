#pragma once
/// Who wants to follow a run: the terminal, Python, a test. Per run, never global.
#include <cstdint>
#include <string>
#include <vector>

#include "calotype/api.h"
#include "calotype/error.h"
#include "calotype/run_context.h"
#include "calotype/validate.h"

namespace calotype {

enum class NodeStatus {
  ran,
  memory,   ///< served from the memory cache
  disk,     ///< served from the disk cache
  skipped,  ///< not needed: everything that depends on it was cached, or the run stopped before
};
CALOTYPE_API std::string_view to_text(NodeStatus);

/// What happened to one node of a run.
struct NodeReport {
  std::string id;
  std::string type;
  std::string plugin;
  NodeStatus status = NodeStatus::skipped;
  std::string reason;  ///< filled when RunOptions::explain
  double seconds = 0;
  std::uint64_t bytes = 0;            ///< of its outputs, host and device
  std::vector<std::string> warnings;  ///< what it said with RunContext::warn while it ran
};

/// Called from threads of the run, one call at a time but for deliver(). Must not throw, and must
/// not call the engine but in deliver().
class CALOTYPE_API Observer {
 public:
  virtual ~Observer();
  /// Nodes that will run or be read from the cache, in plan order.
  virtual void run_started(const std::vector<const ResolvedNode*>&) {}
  virtual void node_started(const ResolvedNode&) {}
  virtual void node_progress(const ResolvedNode&, const Progress&) {}
  virtual void node_warning(const ResolvedNode&, const std::string&) {}
  virtual void node_finished(const ResolvedNode&, const NodeReport&) {}
  virtual void node_failed(const ResolvedNode&, const Error&) {}
  /// After each of these, on the same thread, perhaps on several threads at once: the place for
  /// what takes long or waits for others, such as running graphs.
  virtual void deliver() {}
};

}  // namespace calotype
