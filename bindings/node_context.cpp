#include "node_context.h"

#include <stdexcept>

namespace calotype::python {

/// Without the GIL: what the context does may need it on another thread.
template <class Use>
void NodeContext::use(Use use) {
  const py::gil_scoped_release released;
  const RunContext* context = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!context_) {
      throw std::runtime_error("the node has ended: its context can no longer be used");
    }
    context = context_;
    ++uses_;
  }
  const std::shared_ptr<void> done(nullptr, [this](void*) {
    const std::lock_guard lock(mutex_);
    --uses_;
    unused_.notify_all();
  });
  use(*context);
}

bool NodeContext::cancelled() {
  bool answer = false;
  use([&](const RunContext& context) { answer = context.cancelled(); });
  return answer;
}

void NodeContext::check_cancelled() {
  use([](const RunContext& context) { context.check_cancelled(); });
}

void NodeContext::progress(std::int64_t step, std::int64_t steps) {
  use([&](const RunContext& context) { context.progress(step, steps); });
}

void NodeContext::warn(const std::string& text) {
  use([&](const RunContext& context) { context.warn(text); });
}

void NodeContext::end() {
  std::unique_lock lock(mutex_);
  context_ = nullptr;
  unused_.wait(lock, [&] { return uses_ == 0; });
}

void bind_node_context(py::module_& m) {
  py::class_<NodeContext, std::shared_ptr<NodeContext>>(
      m, "RunContext", "What a Python node may ask of the run it is part of.")
      .def_property_readonly("cancelled", &NodeContext::cancelled)
      .def("check_cancelled", &NodeContext::check_cancelled)
      .def("progress", &NodeContext::progress, py::arg("step"), py::arg("steps"))
      .def("warn", &NodeContext::warn, py::arg("text"));
}

}  // namespace calotype::python
