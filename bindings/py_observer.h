#pragma once
/// Hands what happens in a run to a Python callable.
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "module.h"

namespace calotype::python {

/// Calls `callback(kind, node, type, details)` from the threads of the run, one call at a time,
/// unless it is None. What happens while the callback is busy is told by the thread that is inside
/// it, so that nobody waits: the callback may run graphs. An exception of the callback stops the
/// run and is raised again by `rethrow`.
class PyObserver final : public Observer {
 public:
  PyObserver(py::object callback, std::stop_source stop)
      : callback_(std::move(callback)), stop_(std::move(stop)) {}

  void run_started(const std::vector<const ResolvedNode*>& nodes) override;
  void node_started(const ResolvedNode& node) override;
  void node_progress(const ResolvedNode& node, const Progress& p) override;
  void node_warning(const ResolvedNode& node, const std::string& text) override;
  void node_finished(const ResolvedNode& node, const NodeReport& report) override;
  void node_failed(const ResolvedNode& node, const Error& error) override;
  void deliver() override;

  /// Needs the GIL.
  void rethrow() {
    if (failure_) throw py::error_already_set(std::move(*failure_));
  }

 private:
  struct Event {
    const char* kind;
    std::string node;
    std::string type;
    std::function<py::object()> details;  ///< needs the GIL
  };
  void note(const char* kind, const ResolvedNode* node, std::function<py::object()> details);
  void call(const Event& event);

  const py::object callback_;
  std::stop_source stop_;
  std::optional<py::error_already_set> failure_;  ///< guarded by the GIL
  std::mutex mutex_;
  std::deque<Event> events_;
  bool is_delivering_ = false;
};

/// The fields of a report: id, type, plugin, status, reason, seconds, bytes, warnings.
py::tuple from_report(const NodeReport& report);

}  // namespace calotype::python
