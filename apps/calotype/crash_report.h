#pragma once
/// Names the nodes that run when this process crashes.
#include "calotype/observer.h"

namespace calotype::cli {

/// Follows a run for the crash handler and hands every call on to `next`, which may be null. When
/// the process dies of SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT, one line for each node that
/// runs is written to standard error first. One object at a time.
class CrashReport final : public Observer {
 public:
  explicit CrashReport(Observer* next);
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
  /// Takes the handlers away.
  ~CrashReport() override;

  void run_started(const std::vector<const ResolvedNode*>& nodes) override;
  void node_started(const ResolvedNode& node) override;
  void node_progress(const ResolvedNode& node, const Progress& progress) override;
  void node_warning(const ResolvedNode& node, const std::string& text) override;
  void node_finished(const ResolvedNode& node, const NodeReport& report) override;
  void node_failed(const ResolvedNode& node, const Error& error) override;

 private:
  Observer* next_;
};

}  // namespace calotype::cli
