#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "run/cache_key.h"
#include "run/file_uses.h"
#include "run/plan_tables.h"

namespace calotype {

namespace {

void number_outputs(PlanTables& plan) {
  plan.first_output.clear();
  plan.first_output.reserve(plan.graph.nodes.size() + 1);
  std::uint32_t next = 0;
  for (const ResolvedNode& node : plan.graph.nodes) {
    plan.first_output.push_back(next);
    next += static_cast<std::uint32_t>(node.schema->outputs.size());
  }
  plan.first_output.push_back(next);
}

void list_consumers(PlanTables& plan) {
  const std::size_t n = plan.graph.nodes.size();
  plan.first_consumer.assign(n + 1, 0);
  for (const ResolvedNode& node : plan.graph.nodes) {
    for (const auto& links : node.inputs) {
      for (const ResolvedLink& link : links) ++plan.first_consumer[link.node + 1];
    }
  }
  for (std::size_t i = 0; i < n; ++i) plan.first_consumer[i + 1] += plan.first_consumer[i];
  plan.consumers.resize(plan.first_consumer[n]);
  std::vector<std::uint32_t> next(plan.first_consumer.begin(), plan.first_consumer.end() - 1);
  for (std::uint32_t i = 0; i < n; ++i) {
    for (const auto& links : plan.graph.nodes[i].inputs) {
      for (const ResolvedLink& link : links) plan.consumers[next[link.node]++] = i;
    }
  }
}

void make_keys(PlanTables& plan) {
  KeyMaker keys(plan.environment);
  std::vector<std::vector<Hash128>> inputs;
  plan.node_keys.reserve(plan.graph.nodes.size());
  plan.output_keys.resize(plan.slots());
  for (std::uint32_t i = 0; i < plan.graph.nodes.size(); ++i) {
    const ResolvedNode& node = plan.graph.nodes[i];
    bool cacheable = !node.schema->impure;
    if (inputs.size() < node.inputs.size()) inputs.resize(node.inputs.size());
    for (std::size_t p = 0; p < node.inputs.size(); ++p) {
      inputs[p].clear();
      for (const ResolvedLink& link : node.inputs[p]) {
        inputs[p].push_back(plan.output_keys[plan.slot(link)]);
        cacheable = cacheable && plan.cacheable[link.node];
      }
    }
    const Hash128 key =
        node.schema->impure ? unique_key() : keys.node(node, plan.file_digests[i], inputs);
    plan.node_keys.push_back(key);
    plan.cacheable.push_back(cacheable ? 1 : 0);
    for (std::uint32_t p = 0; p < node.schema->outputs.size(); ++p) {
      plan.output_keys[plan.first_output[i] + p] = keys.output(key, node.schema->outputs[p].name);
    }
  }
}

}  // namespace

void list_schemas(PlanTables& plan) {
  std::unordered_map<const NodeSchema*, std::uint32_t> known;
  plan.schema_of.reserve(plan.graph.nodes.size());
  for (const ResolvedNode& node : plan.graph.nodes) {
    const auto [row, is_new] =
        known.emplace(node.schema, static_cast<std::uint32_t>(plan.schemas.size()));
    if (is_new) plan.schemas.push_back(node.schema);
    plan.schema_of.push_back(row->second);
  }
}

void build_plan_tables(PlanTables& plan) {
  number_outputs(plan);
  list_consumers(plan);
  make_keys(plan);
}

Plan::Plan(std::unique_ptr<State> state) : state_(std::move(state)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

const ResolvedGraph& Plan::graph() const& { return state_->graph; }

ResolvedGraph Plan::graph() && { return std::move(state_->graph); }

std::map<std::string, std::string> Plan::file_digests() const {
  return calotype::file_digests(*state_);
}

Hash128 Plan::key(std::uint32_t node, std::uint32_t port) const {
  return state_->output_keys.at(state_->slot({node, port}));
}

}  // namespace calotype
