#include "py_observer.h"

#include <utility>

#include "raised_exception.h"

namespace calotype::python {

template <class MakeDetails>
void PyObserver::call(const char* kind, const ResolvedNode* node, MakeDetails details) {
  if (callback_.is_none()) return;
  const py::gil_scoped_acquire gil;
  if (failure_) return;
  try {
    callback_(kind, node ? node->id : std::string(), node ? node->schema->type : std::string(),
              details());
  } catch (py::error_already_set& error) {
    failure_.emplace(std::move(error));
    stop_.request_stop();
  }
}

void PyObserver::run_started(const std::vector<const ResolvedNode*>& nodes) {
  call("run_started", nullptr, [&] {
    py::list ids;
    for (const ResolvedNode* node : nodes) ids.append(node->id);
    return ids;
  });
}

void PyObserver::node_started(const ResolvedNode& node) {
  call("node_started", &node, [] { return py::none(); });
}

void PyObserver::node_progress(const ResolvedNode& node, const Progress& p) {
  call("node_progress", &node, [&] { return py::make_tuple(p.step, p.steps); });
}

void PyObserver::node_warning(const ResolvedNode& node, const std::string& text) {
  call("node_warning", &node, [&] { return py::str(text); });
}

void PyObserver::node_finished(const ResolvedNode& node, const NodeReport& report) {
  call("node_finished", &node, [&] { return from_report(report); });
}

void PyObserver::node_failed(const ResolvedNode& node, const Error& error) {
  {
    const py::gil_scoped_acquire gil;
    if (py::object raised = take_raised(); !raised.is_none()) {
      causes_.emplace(error.what(), std::move(raised));
    }
  }
  call("node_failed", &node, [&] { return py::str(error.what()); });
}

py::object PyObserver::cause_of(const Error& error) const {
  const auto found = causes_.find(error.what());
  return found == causes_.end() ? py::none() : found->second;
}

py::tuple from_report(const NodeReport& r) {
  return py::make_tuple(r.id, r.type, r.plugin, std::string(to_text(r.status)), r.reason, r.seconds,
                        r.bytes);
}

}  // namespace calotype::python
