#pragma once
/// Names the nodes that run when this process crashes, or is ended by one of them.
#include "calotype/api.h"
#include "calotype/observer.h"

namespace calotype {

/// Follows a run for the crash handler and hands every call on to `next`, which may be null. While
/// such an object lives, SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT write one line for each node
/// that runs to standard error; then the signal goes where it went before, to another handler or
/// to the end of the process. A node that calls exit() is named too, and the process ends with code
/// 1; _exit() cannot be noticed. Several objects may live at once, in any threads. The handlers are
/// the whole process's: a matter for programs, not for libraries that run graphs for others.
class CALOTYPE_API CrashReport final : public Observer {
 public:
  explicit CrashReport(Observer* next);
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;
  /// The last one to go puts the handlers back that it found.
  ~CrashReport() override;

  void run_started(const std::vector<const ResolvedNode*>& nodes) override;
  void node_started(const ResolvedNode& node) override;
  void node_progress(const ResolvedNode& node, const Progress& progress) override;
  void node_warning(const ResolvedNode& node, const std::string& text) override;
  void node_finished(const ResolvedNode& node, const NodeReport& report) override;
  void node_failed(const ResolvedNode& node, const Error& error) override;
  void deliver() override;

 private:
  Observer* next_;
};

}  // namespace calotype
