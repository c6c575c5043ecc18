#pragma once
/// Shows a run on the terminal: one bar with step count and it/s for the node that works, plain
/// lines where the output is not a terminal.
#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "calotype/observer.h"

namespace calotype::cli {

/// Writes to `out`; the caller keeps it open. Called by one thread at a time (see Observer).
class ProgressPrinter final : public Observer {
 public:
  ProgressPrinter(std::FILE* out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}

  void run_started(const std::vector<const ResolvedNode*>& nodes) override;
  void node_started(const ResolvedNode& node) override;
  void node_progress(const ResolvedNode& node, const Progress& progress) override;
  void node_warning(const ResolvedNode& node, const std::string& text) override;
  void node_finished(const ResolvedNode& node, const NodeReport& report) override;
  void node_failed(const ResolvedNode& node, const Error& error) override;

 private:
  using Clock = std::chrono::steady_clock;
  void clear_bar();
  void draw_bar(const ResolvedNode& node, const Progress& progress);

  std::FILE* out_;
  bool is_terminal_;
  bool bar_shown_ = false;
  std::size_t width_ = 0;  ///< of the longest node id, for alignment
  Clock::time_point drawn_;
  std::map<std::string, Clock::time_point> started_;
};

}  // namespace calotype::cli
