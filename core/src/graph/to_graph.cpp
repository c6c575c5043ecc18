#include <unordered_set>
#include <utility>

#include "calotype/graph_json.h"
#include "calotype/hash.h"
#include "calotype/validate.h"
#include "formats/graph_names.h"

namespace calotype {

namespace {

/// `name`, or `name_2` and so on when it is taken; `taken` grows.
std::string unique_name(const std::string& name, std::unordered_set<std::string>& taken) {
  std::string unique = name;
  for (int n = 2; !taken.insert(unique).second; ++n) unique = name + '_' + std::to_string(n);
  return unique;
}

/// `outer/inner` as one id of a flat file; `taken` grows. A digest stands for the end of one that
/// would be too long for the file's reader.
std::string flat_id(const std::string& id, std::unordered_set<std::string>& taken) {
  if (id.find('/') == std::string::npos) return unique_name(id, taken);
  constexpr std::size_t kMost = kMaxNameBytes - 16;  // a number may follow
  std::string flat;
  for (const char c : id) {
    if (c == '/') {
      flat += "__";
    } else {
      flat += c;
    }
  }
  if (flat.size() > kMost) {
    const std::string digest = '_' + hash_bytes(id.data(), id.size()).hex();
    flat.replace(kMost - digest.size(), std::string::npos, digest);
  }
  return unique_name(flat, taken);
}

bool fits_a_file(const std::string& name) { return is_name(name) && name.size() <= kMaxNameBytes; }

/// Callers name outputs as they like; a file is not as free.
std::vector<GraphOutput> outputs_of(const ResolvedGraph& resolved,
                                    const std::vector<std::string>& ids) {
  std::vector<GraphOutput> outputs(resolved.outputs.size());
  std::unordered_set<std::string> taken;
  for (const bool renamed : {false, true}) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const ResolvedOutput& from = resolved.outputs[i];
      if (fits_a_file(from.name) == renamed) continue;
      const ResolvedNode& node = resolved.nodes[from.from.node];
      const std::string& port = node.schema->outputs[from.from.port].name;
      const std::string& name = !renamed ? from.name : is_name(port) ? port : "output";
      outputs[i].name = unique_name(name, taken);
      outputs[i].from = {ids[from.from.node], port};
    }
  }
  return outputs;
}

}  // namespace

Graph to_graph(const ResolvedGraph& resolved) {
  Graph graph;
  graph.source = resolved.source;
  std::unordered_set<std::string> taken;
  std::vector<std::string> ids(resolved.nodes.size());
  // Ids that stay as they are have the first claim to their name.
  for (const bool nested : {false, true}) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string& id = resolved.nodes[i].id;
      if ((id.find('/') != std::string::npos) == nested) ids[i] = flat_id(id, taken);
    }
  }
  const auto ref = [&](const ResolvedLink& link) {
    return PortRef{ids[link.node], resolved.nodes[link.node].schema->outputs[link.port].name};
  };
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ResolvedNode& from = resolved.nodes[i];
    GraphNode& node = graph.nodes.emplace_back();
    node.id = ids[i];
    node.type = from.schema->type;
    node.where = from.where;
    for (std::size_t k = 0; k < from.inputs.size(); ++k) {
      if (from.inputs[k].empty()) continue;
      GraphInputPort& port = node.in.emplace_back();
      port.name = from.schema->inputs[k].name;
      port.list = from.schema->inputs[k].repeated;
      for (const ResolvedLink& link : from.inputs[k]) port.links.push_back({ref(link), {}});
    }
    for (std::size_t k = 0; k < from.params.size(); ++k) {
      if (from.params[k].index() == 0) continue;
      // The path that was found: the copy may lie in another folder.
      const bool moved = k < from.files.size() && !from.files[k].empty();
      const ParamValue value = moved ? ParamValue(from.files[k]) : from.params[k];
      node.params.push_back({from.schema->params[k].name, value, {}, {}});
    }
  }
  graph.outputs = outputs_of(resolved, ids);
  return graph;
}

}  // namespace calotype
