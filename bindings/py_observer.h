#pragma once
/// Hands what happens in a run to a Python callable.
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "module.h"

namespace calotype::python {

/// Calls `callback(kind, node, type, details)` from the threads of the run, unless it is None. An
/// exception of the callback stops the run and is raised again by `rethrow`.
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
  /// The exception of the Python node that failed with this error, or None. Needs the GIL.
  py::object cause_of(const Error& error) const;

 private:
  template <class MakeDetails>
  void call(const char* kind, const ResolvedNode* node, MakeDetails details);

  py::object callback_;
  std::stop_source stop_;
  std::optional<py::error_already_set> failure_;
  std::map<std::string, py::object> causes_;  ///< by the text of the error, which names the node
};

/// The fields of a report: id, type, plugin, status, reason, seconds, bytes.
py::tuple from_report(const NodeReport& report);

}  // namespace calotype::python
