#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "calotype/observer.h"

namespace calotype::cli {

struct RecordedNode {
  NodeReport report;
  std::string
      status;  ///< as NodeStatus, or "failed", or "stopped" when the run ended before it did
};

/// The nodes of a run that was finished.
std::vector<RecordedNode> recorded(const std::vector<NodeReport>& reports);

/// Notes how far a run comes, for when it fails, and hands every call on to `next`, which may be
/// null.
class RunRecorder final : public Observer {
 public:
  RunRecorder(const ResolvedGraph& graph, Observer* next);

  /// All nodes of the graph, in its order.
  const std::vector<RecordedNode>& nodes() const { return nodes_; }

  void run_started(const std::vector<const ResolvedNode*>& nodes) override;
  void node_started(const ResolvedNode& node) override;
  void node_progress(const ResolvedNode& node, const Progress& progress) override;
  void node_warning(const ResolvedNode& node, const std::string& text) override;
  void node_finished(const ResolvedNode& node, const NodeReport& report) override;
  void node_failed(const ResolvedNode& node, const Error& error) override;
  void deliver() override;

 private:
  RecordedNode& at(const ResolvedNode& node) { return nodes_[places_.at(node.id)]; }

  std::vector<RecordedNode> nodes_;
  std::map<std::string, std::size_t> places_;
  Observer* next_;
};

}  // namespace calotype::cli
