#include "run_recorder.h"

namespace calotype::cli {

std::vector<RecordedNode> recorded(const std::vector<NodeReport>& reports) {
  std::vector<RecordedNode> nodes;
  for (const NodeReport& report : reports) {
    nodes.push_back({report, std::string(to_text(report.status))});
  }
  return nodes;
}

RunRecorder::RunRecorder(const ResolvedGraph& graph, Observer* next) : next_(next) {
  std::vector<NodeReport> reports;
  for (const ResolvedNode& node : graph.nodes) {
    places_[node.id] = reports.size();
    NodeReport& report = reports.emplace_back();
    report.id = node.id;
    report.type = node.schema->type;
    report.plugin = node.schema->plugin;
  }
  nodes_ = recorded(reports);
}

void RunRecorder::run_started(const std::vector<const ResolvedNode*>& nodes) {
  if (next_) next_->run_started(nodes);
}

void RunRecorder::node_started(const ResolvedNode& node) {
  at(node).status = "stopped";  // until it ends
  if (next_) next_->node_started(node);
}

void RunRecorder::node_progress(const ResolvedNode& node, const Progress& progress) {
  if (next_) next_->node_progress(node, progress);
}

void RunRecorder::node_warning(const ResolvedNode& node, const std::string& text) {
  at(node).report.warnings.push_back(text);
  if (next_) next_->node_warning(node, text);
}

void RunRecorder::node_finished(const ResolvedNode& node, const NodeReport& report) {
  at(node) = {report, std::string(to_text(report.status))};
  if (next_) next_->node_finished(node, report);
}

void RunRecorder::node_failed(const ResolvedNode& node, const Error& error) {
  if (error.code() != ErrorCode::cancelled) at(node).status = "failed";
  if (next_) next_->node_failed(node, error);
}

void RunRecorder::deliver() {
  if (next_) next_->deliver();
}

}  // namespace calotype::cli
