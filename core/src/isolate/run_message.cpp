#include "isolate/run_message.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "calotype/error.h"
#include "calotype/schema_json.h"

namespace calotype {

namespace {

using Message = nlohmann::json;

struct ParamMessage {
  Message operator()(std::monostate) const { return nullptr; }
  template <class T>
  Message operator()(const T& v) const {
    return v;
  }
};

/// CBOR keeps numbers exact; the schema says which kind each one is.
ParamValue param_from(const Message& value, ParamKind kind) {
  if (value.is_null()) return {};
  switch (kind) {
    case ParamKind::boolean:
      return value.get<bool>();
    case ParamKind::integer:
      return value.get<std::int64_t>();
    case ParamKind::unsigned_integer:
      return value.get<std::uint64_t>();
    case ParamKind::number:
      return value.get<double>();
    case ParamKind::string:
      break;
  }
  return value.get<std::string>();
}

Message link_message(const ResolvedLink& link) { return {link.node, link.port}; }

ResolvedLink link_from(const Message& message) {
  return {message.at(0).get<std::uint32_t>(), message.at(1).get<std::uint32_t>()};
}

Message node_message(const ResolvedNode& node) {
  Message inputs = Message::array();
  for (const auto& links : node.inputs) {
    Message& port = inputs.emplace_back(Message::array());
    for (const ResolvedLink& link : links) port.push_back(link_message(link));
  }
  Message params = Message::array();
  for (const ParamValue& value : node.params) params.push_back(std::visit(ParamMessage{}, value));
  return {{"id", node.id},
          {"type", node.schema->type},
          {"inputs", std::move(inputs)},
          {"params", std::move(params)},
          {"files", node.files}};
}

ResolvedNode node_from(const Message& message, const Registry& registry) {
  ResolvedNode node;
  message.at("id").get_to(node.id);
  message.at("files").get_to(node.files);
  const auto type = message.at("type").get<std::string>();
  node.schema = registry.schema(type);
  const Message& inputs = message.at("inputs");
  const Message& params = message.at("params");
  if (!node.schema || node.schema->inputs.size() != inputs.size() ||
      node.schema->params.size() != params.size()) {
    throw Error(ErrorCode::plugin, "node type " + quote(type) + " is not what it was",
                "start the program again");
  }
  for (const Message& port : inputs) {
    auto& links = node.inputs.emplace_back();
    for (const Message& link : port) links.push_back(link_from(link));
  }
  for (std::size_t i = 0; i < params.size(); ++i) {
    node.params.push_back(param_from(params[i], node.schema->params[i].kind));
  }
  return node;
}

}  // namespace

nlohmann::json graph_message(const ResolvedGraph& graph) {
  Message nodes = Message::array();
  for (const ResolvedNode& node : graph.nodes) nodes.push_back(node_message(node));
  Message outputs = Message::array();
  for (const ResolvedOutput& output : graph.outputs) {
    outputs.push_back({output.name, link_message(output.from)});
  }
  return {{"file", graph.source ? graph.source->file : ""},
          {"nodes", std::move(nodes)},
          {"outputs", std::move(outputs)}};
}

ResolvedGraph graph_from(const nlohmann::json& message, const Registry& registry) {
  ResolvedGraph graph;
  for (const Message& node : message.at("nodes")) graph.nodes.push_back(node_from(node, registry));
  for (const Message& output : message.at("outputs")) {
    graph.outputs.push_back({output.at(0).get<std::string>(), link_from(output.at(1))});
  }
  // The name alone: explanations of runs are kept by it.
  graph.source =
      std::make_shared<const SourceText>(SourceText{message.at("file").get<std::string>(), {}});
  return graph;
}

nlohmann::json plugins_message(const Registry& registry) {
  std::map<std::string, std::vector<const NodeSchema*>> schemas;
  for (const NodeSchema* schema : registry.schemas()) schemas[schema->plugin].push_back(schema);
  Message plugins = Message::array();
  for (const PluginInfo& plugin : registry.plugins()) {
    if (plugin.library.empty()) continue;
    plugins.push_back({{"id", plugin.id},
                       {"version", plugin.version},
                       {"library", plugin.library},
                       {"schemas", schemas_to_json(schemas[plugin.id])}});
  }
  return plugins;
}

nlohmann::json options_message(const EngineOptions& options) {
  return {{"host_budget", options.host_budget},
          {"device_budget", options.device_budget},
          {"cache_folder", options.cache_folder.string()},
          {"disk_budget", options.disk_budget},
          {"workers", options.workers},
          {"environment", options.environment}};
}

EngineOptions options_from(const nlohmann::json& message) {
  EngineOptions options;
  message.at("host_budget").get_to(options.host_budget);
  message.at("device_budget").get_to(options.device_budget);
  options.cache_folder = message.at("cache_folder").get<std::string>();
  message.at("disk_budget").get_to(options.disk_budget);
  message.at("workers").get_to(options.workers);
  message.at("environment").get_to(options.environment);
  return options;
}

nlohmann::json report_message(const NodeReport& report) {
  return {report.id,     report.type,    report.plugin, static_cast<int>(report.status),
          report.reason, report.seconds, report.bytes,  report.warnings};
}

NodeReport report_from(const nlohmann::json& message) {
  NodeReport report;
  message.at(0).get_to(report.id);
  message.at(1).get_to(report.type);
  message.at(2).get_to(report.plugin);
  report.status = static_cast<NodeStatus>(message.at(3).get<int>());
  message.at(4).get_to(report.reason);
  message.at(5).get_to(report.seconds);
  message.at(6).get_to(report.bytes);
  message.at(7).get_to(report.warnings);
  return report;
}

}  // namespace calotype
