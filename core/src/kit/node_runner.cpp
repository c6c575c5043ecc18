#include <fmt/format.h>

#include <utility>

#include "calotype/engine.h"
#include "calotype/given_values.h"
#include "calotype/plugin.h"
#include "calotype/testing.h"
#include "formats/problems.h"

namespace calotype::kit {

namespace {

constexpr char kNodeId[] = "node";

class WarningCollector final : public Observer {
 public:
  explicit WarningCollector(std::vector<std::string>& warnings) : warnings_(warnings) {}
  void node_warning(const ResolvedNode&, const std::string& text) override {
    warnings_.push_back(text);
  }

 private:
  std::vector<std::string>& warnings_;
};

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + quote(name);
  return text.empty() ? "none" : text;
}

}  // namespace

const Value& NodeResult::value(std::string_view name) const {
  const auto found = outputs.find(name);
  if (found != outputs.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : outputs) names.push_back(known);
  throw Error(ErrorCode::run, "the node has no output " + quote(name),
              "its outputs: " + listed(names));
}

struct NodeRunner::State {
  std::string type;
  std::shared_ptr<Registry> registry = std::make_shared<Registry>();
  std::unique_ptr<GivenValues> given = std::make_unique<GivenValues>(*registry);
  std::map<std::string, std::vector<Value>> inputs;
  std::map<std::string, ParamValue> params;
};

NodeRunner::NodeRunner(std::unique_ptr<State> state) : state_(std::move(state)) {}
NodeRunner::NodeRunner(NodeRunner&&) noexcept = default;
NodeRunner& NodeRunner::operator=(NodeRunner&&) noexcept = default;
NodeRunner::~NodeRunner() = default;

NodeRunner::NodeRunner(std::string type, const std::function<void(Registrar&)>& register_nodes)
    : state_(std::make_unique<State>()) {
  state_->type = std::move(type);
  state_->registry->add_linked({"test", "1", "", true}, register_nodes);
}

NodeRunner NodeRunner::of(const std::filesystem::path& library, const std::string& type) {
  auto state = std::make_unique<State>();
  state->type = type;
  load_plugin(*state->registry, library);
  const NodeSchema* schema = state->registry->schema(type);
  if (!schema) {
    std::vector<std::string> names;
    for (const NodeSchema* known : state->registry->schemas()) {
      if (known->plugin != GivenValues::kPlugin) names.push_back(known->type);
    }
    throw Error(ErrorCode::plugin,
                fmt::format("{} has no node type {}", library.string(), quote(type)),
                "its node types: " + listed(names));
  }
  state->type = schema->type;
  return NodeRunner(std::move(state));
}

NodeRunner& NodeRunner::input(std::string name, std::vector<Value> values) {
  state_->inputs[std::move(name)] = std::move(values);
  return *this;
}

NodeRunner& NodeRunner::param(std::string name, ParamValue value) {
  state_->params[std::move(name)] = std::move(value);
  return *this;
}

const NodeSchema& NodeRunner::schema() const { return *state_->registry->schema(state_->type); }

NodeResult NodeRunner::run() const {
  Graph graph;
  std::map<std::string, Value> given;
  GraphNode node;
  node.id = kNodeId;
  node.type = state_->type;
  for (const auto& [name, values] : state_->inputs) {
    GraphInputPort port;
    port.name = name;
    port.list = values.size() != 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!values[i]) throw Error(ErrorCode::graph, "input " + quote(name) + " got no value");
      GraphInput input;
      input.name = fmt::format("{}_{}", name, i + 1);
      input.type = values[i].type()->name;
      given[input.name] = values[i];
      port.links.push_back({InputRef{input.name}, {}});
      graph.inputs.push_back(std::move(input));
    }
    node.in.push_back(std::move(port));
  }
  for (const auto& [name, value] : state_->params) node.params.push_back({name, value, {}, {}});
  graph.nodes.push_back(std::move(node));
  for (const PortSchema& output : schema().outputs) {
    graph.outputs.push_back({output.name, {kNodeId, output.name}, {}});
  }

  NodeResult result;
  WarningCollector observer(result.warnings);
  const GivenValues::Bound bound = state_->given->bind(std::move(graph), given);
  Engine engine(state_->registry, {.workers = 1});
  const Plan plan = engine.prepare(validate(bound.graph, *state_->registry));
  const RunResult run = engine.run(plan, {.use_cache = false, .observer = &observer});
  for (const auto& [name, output] : run.outputs) result.outputs[name] = output.value();
  return result;
}

std::string NodeRunner::error() const {
  try {
    run();
  } catch (const Error& e) {
    return e.what();
  }
  return {};
}

}  // namespace calotype::kit
