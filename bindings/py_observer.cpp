#include "py_observer.h"

#include <utility>

namespace calotype::python {

void PyObserver::note(const char* kind, const ResolvedNode* node,
                      std::function<py::object()> details) {
  if (callback_.is_none()) return;
  const std::lock_guard lock(mutex_);
  events_.push_back({kind, node ? node->id : std::string(),
                     node ? node->schema->type : std::string(), std::move(details)});
}

void PyObserver::deliver() {
  if (callback_.is_none()) return;
  std::unique_lock lock(mutex_);
  if (is_delivering_) return;
  is_delivering_ = true;
  while (!events_.empty()) {
    const Event event = std::move(events_.front());
    events_.pop_front();
    lock.unlock();
    call(event);
    lock.lock();
  }
  is_delivering_ = false;
}

void PyObserver::call(const Event& event) {
  const py::gil_scoped_acquire gil;
  if (failure_) return;
  try {
    callback_(event.kind, event.node, event.type, event.details());
  } catch (py::error_already_set& error) {
    failure_.emplace(std::move(error));
    stop_.request_stop();
  }
}

void PyObserver::run_started(const std::vector<const ResolvedNode*>& nodes) {
  std::vector<std::string> ids;
  for (const ResolvedNode* node : nodes) ids.push_back(node->id);
  note("run_started", nullptr, [ids = std::move(ids)] {
    py::list all;
    for (const std::string& id : ids) all.append(id);
    return all;
  });
}

void PyObserver::node_started(const ResolvedNode& node) {
  note("node_started", &node, [] { return py::none(); });
}

void PyObserver::node_progress(const ResolvedNode& node, const Progress& p) {
  note("node_progress", &node, [p] { return py::make_tuple(p.step, p.steps); });
}

void PyObserver::node_warning(const ResolvedNode& node, const std::string& text) {
  note("node_warning", &node, [text] { return to_str(text); });
}

void PyObserver::node_finished(const ResolvedNode& node, const NodeReport& report) {
  note("node_finished", &node, [report] { return from_report(report); });
}

void PyObserver::node_failed(const ResolvedNode& node, const Error& error) {
  note("node_failed", &node, [text = std::string(error.what())] { return to_str(text); });
}

py::tuple from_report(const NodeReport& r) {
  py::list warnings;
  for (const std::string& text : r.warnings) warnings.append(to_str(text));
  return py::make_tuple(r.id, r.type, r.plugin, std::string(to_text(r.status)), to_str(r.reason),
                        r.seconds, r.bytes, warnings);
}

}  // namespace calotype::python
