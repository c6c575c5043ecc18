#pragma once
/// Hands what happens in a run to a Python callable.
#include <stop_token>

#include "module.h"

namespace calotype::python {

/// Calls `callback(kind, node, type, details)` from the threads of the run. An exception of the
/// callback stops the run and is raised again by `rethrow`.
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

  /// Needs the GIL.
  void rethrow() {
    if (failure_) throw py::error_already_set(std::move(*failure_));
  }

 private:
  template <class MakeDetails>
  void call(const char* kind, const ResolvedNode* node, MakeDetails details);

  py::object callback_;
  std::stop_source stop_;
  std::optional<py::error_already_set> failure_;
};

/// The fields of a report: id, type, plugin, status, reason, seconds, bytes.
py::tuple from_report(const NodeReport& report);

}  // namespace calotype::python
