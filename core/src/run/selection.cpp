#include "run/selection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "calotype/value_io.h"

namespace calotype {

namespace {

class Selector {
 public:
  Selector(const PlanTables& plan, Registry& registry, const Caches& caches)
      : plan_(plan), registry_(registry), caches_(caches) {
    result_.status.assign(plan.graph.nodes.size(), NodeStatus::skipped);
    result_.needed.assign(plan.slots(), 0);
    result_.values.resize(plan.slots());
  }

  Selection walk(const std::stop_token& stop) {
    for (const ResolvedOutput& output : plan_.graph.outputs) {
      result_.needed[plan_.slot(output.from)] |= Selection::kByOutput;
    }
    // Nodes follow their inputs, so going backwards sees all readers of a node before the node.
    for (auto i = static_cast<std::uint32_t>(plan_.graph.nodes.size()); i-- > 0;) {
      if (!is_needed(i)) continue;
      if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
      result_.status[i] = plan_.cacheable[i] ? look_up(i) : NodeStatus::ran;
      if (result_.status[i] == NodeStatus::ran) mark_inputs(i);
    }
    std::reverse(result_.to_run.begin(), result_.to_run.end());
    return std::move(result_);
  }

 private:
  bool is_needed(std::uint32_t i) const {
    const NodeSchema& schema = *plan_.graph.nodes[i].schema;
    if (schema.impure && schema.outputs.empty()) return true;
    const auto first = result_.needed.begin();
    return std::any_of(first + plan_.first_output[i], first + plan_.first_output[i + 1],
                       [](std::uint8_t needed) { return needed != 0; });
  }

  void mark_inputs(std::uint32_t i) {
    result_.to_run.push_back(i);
    for (const auto& links : plan_.graph.nodes[i].inputs) {
      for (const ResolvedLink& link : links) {
        result_.needed[plan_.slot(link)] |= Selection::kByNode;
      }
    }
  }

  /// Finds every needed output of the node, or none.
  NodeStatus look_up(std::uint32_t i) {
    NodeStatus status = NodeStatus::memory;
    for (std::uint32_t slot = plan_.first_output[i]; slot < plan_.first_output[i + 1]; ++slot) {
      if (!result_.needed[slot]) continue;
      if (caches_.memory) result_.values[slot] = caches_.memory->get(plan_.output_keys[slot]);
      if (result_.values[slot]) continue;
      if (!caches_.disk || !fetch_from_disk(i, slot)) {
        forget(i);
        return NodeStatus::ran;
      }
      status = NodeStatus::disk;
    }
    return status;
  }

  void forget(std::uint32_t i) {
    for (std::uint32_t slot = plan_.first_output[i]; slot < plan_.first_output[i + 1]; ++slot) {
      result_.values[slot] = {};
      result_.archives.erase(slot);
    }
  }

  bool fetch_from_disk(std::uint32_t i, std::uint32_t slot) {
    const Hash128& key = plan_.output_keys[slot];
    if (!caches_.disk->contains(key)) return false;
    const NodeSchema& schema = *plan_.graph.nodes[i].schema;
    const std::string& port_type = output_type(plan_.graph.nodes[i], slot - plan_.first_output[i]);
    const bool is_read = (result_.needed[slot] & Selection::kByNode) != 0;
    const PortType* type =
        is_read ? registry_.find_port_type(port_type) : registry_.port_type(port_type);
    if (is_read && !type) return false;
    std::optional<TensorArchive> archive =
        caches_.disk->get(key, {port_type, type ? type->version : 0, schema.type, schema.version});
    if (!archive) return false;
    if (!is_read) {
      result_.archives.emplace(slot, std::move(*archive));
      return true;
    }
    try {
      result_.values[slot] = load_value(*type, *archive);
    } catch (const Error&) {
      return false;  // as good as absent: the node runs again
    }
    if (caches_.memory) caches_.memory->put(key, result_.values[slot]);
    return true;
  }

  const PlanTables& plan_;
  Registry& registry_;
  const Caches caches_;
  Selection result_;
};

}  // namespace

Selection select(const PlanTables& plan, Registry& registry, const Caches& caches,
                 const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "cancelled");
  return Selector(plan, registry, caches).walk(stop);
}

}  // namespace calotype
