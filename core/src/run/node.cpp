#include "calotype/node.h"

#include "calotype/error.h"
#include "calotype/observer.h"

namespace calotype {

NodeType::~NodeType() = default;
Observer::~Observer() = default;

void RunContext::check_cancelled() const {
  if (cancelled()) throw Error(ErrorCode::cancelled, "cancelled");
}

void RunContext::progress(std::int64_t step, std::int64_t steps) const {
  if (answers_.on_progress) answers_.on_progress({step, steps});
}

void RunContext::warn(const std::string& text) const {
  if (answers_.on_warning) answers_.on_warning(text);
}

const PortType& RunContext::port_type(std::string_view name) const {
  const PortType* type = answers_.find_type ? answers_.find_type(name) : nullptr;
  if (!type) throw Error(ErrorCode::run, "no plugin has port type " + quote(name));
  return *type;
}

std::map<std::string, std::string> RunContext::provenance(std::string_view torch_version) const {
  if (!answers_.provenance) return {};
  return answers_.provenance(torch_version);
}

std::string_view to_text(NodeStatus status) {
  switch (status) {
    case NodeStatus::ran:
      return "ran";
    case NodeStatus::memory:
      return "memory";
    case NodeStatus::disk:
      return "disk";
    case NodeStatus::skipped:
      return "skipped";
  }
  return "";
}

}  // namespace calotype
