#pragma once
/// What a Python node may ask of the run it is part of.
#include <condition_variable>
#include <memory>
#include <mutex>

#include "module.h"

namespace calotype::python {

/// Python may keep it and use it from any thread, also when the node has long ended: then every use
/// raises RuntimeError. Thread-safe.
class NodeContext {
 public:
  explicit NodeContext(const RunContext& context) : context_(&context) {}

  bool cancelled();
  void check_cancelled();
  void progress(std::int64_t step, std::int64_t steps);
  void warn(const std::string& text);

  /// From now on every use raises. Waits for uses by other threads. Call without the GIL, which
  /// these may need.
  void end();

 private:
  template <class Use>
  void use(Use use);

  std::mutex mutex_;
  std::condition_variable unused_;
  const RunContext* context_;
  int uses_ = 0;
};

void bind_node_context(py::module_& m);

}  // namespace calotype::python
