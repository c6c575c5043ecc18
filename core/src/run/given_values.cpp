#include "calotype/given_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "calotype/error.h"
#include "calotype/hash.h"
#include "calotype/safetensors.h"
#include "calotype/validate.h"
#include "calotype/value_io.h"
#include "formats/name_hint.h"
#include "formats/problems.h"
#include "isolate/temporary_folder.h"

namespace calotype {

namespace {

/// Of all that the value's saved form holds.
Hash128 content_of(const Value& value) {
  const TensorArchive archive = save_value(value);
  Hasher h;
  h.text("given").text(value.type()->name);
  for (const auto& [key, text] : archive.metadata) h.text(key).text(text);
  for (const ArchiveTensor& t : archive.tensors) {
    h.text(t.name).u64(static_cast<std::uint64_t>(t.dtype)).u64(t.shape.size());
    for (const std::int64_t size : t.shape) h.u64(static_cast<std::uint64_t>(size));
    h.hash(hash_bytes(t.bytes.data(), t.bytes.size()));
  }
  return h.digest();
}

/// The links and params of the graph that read input `name` read the node instead.
void read_from_node(Graph& graph, const std::string& name, const std::string& id) {
  for (GraphNode& node : graph.nodes) {
    for (GraphInputPort& port : node.in) {
      for (GraphLink& link : port.links) {
        const auto* ref = std::get_if<InputRef>(&link.from);
        if (ref && ref->name == name) link.from = PortRef{id, "value"};
      }
    }
  }
}

void set_param(GraphNode& node, std::string name, std::string value) {
  node.params.push_back({std::move(name), ParamValue(std::move(value)), {}, {}});
}

std::string free_id(const Graph& graph, const std::string& name) {
  std::string id = name;
  const auto taken = [&] {
    return std::any_of(graph.nodes.begin(), graph.nodes.end(),
                       [&](const GraphNode& node) { return node.id == id; });
  };
  while (taken()) id += '_';
  return id;
}

/// `inputs` may be const.
template <class Inputs>
auto find_input(Inputs& inputs, const std::string& name) {
  return std::find_if(inputs.begin(), inputs.end(),
                      [&](const GraphInput& input) { return input.name == name; });
}

void check_names_and_types(const Graph& graph, const std::map<std::string, Value>& values) {
  std::vector<Diagnostic> problems;
  for (const auto& [name, value] : values) {
    const auto input = find_input(graph.inputs, name);
    if (input == graph.inputs.end()) {
      Diagnostic& d = problems.emplace_back();
      if (graph.source) d.file = graph.source->file;
      d.what = "the graph has no input " + quote(name);
      std::vector<std::string> known;
      for (const GraphInput& i : graph.inputs) known.push_back(i.name);
      d.hint = name_hint(name, "its inputs", known);
    } else if (input->type != value.type()->name) {
      Diagnostic& d = problems.emplace_back(diagnostic_at(input->where));
      d.port = "input " + quote(name);
      d.expected = input->type;
      d.got = value.type()->name;
    }
  }
  if (!problems.empty()) throw Error(ErrorCode::graph, std::move(problems));
}

/// Puts a node in the place of each input; `make` gives it a type and its own parameters. Throws
/// Error(graph) before it changes anything when a value does not fit.
template <class Make>
void replace_inputs(Graph& graph, const std::map<std::string, Value>& values, Make make) {
  check_names_and_types(graph, values);
  std::vector<GraphNode> nodes;
  for (const auto& [name, value] : values) {
    const auto input = find_input(graph.inputs, name);
    GraphNode node;
    node.id = free_id(graph, name);
    node.where = node.type_where = input->where;
    set_param(node, "type", value.type()->name);
    make(node, value);
    read_from_node(graph, name, node.id);
    graph.inputs.erase(input);
    nodes.push_back(std::move(node));
  }
  graph.nodes.insert(graph.nodes.begin(), nodes.begin(), nodes.end());
}

}  // namespace

struct GivenValues::Table {
  struct Entry {
    Value value;
    int uses = 0;
  };
  /// An object that cannot be saved, and the number that stands for it.
  struct Known {
    std::weak_ptr<const void> object;
    std::uint64_t number = 0;
  };

  std::mutex mutex;
  std::unordered_map<std::string, Entry> values;
  std::unordered_map<const void*, Known> objects;
  std::uint64_t last_number = 0;

  std::string name_of(const Value& value) {
    if (can_save(*value.type())) return content_of(value).hex();
    const std::scoped_lock lock(mutex);
    Known& known = objects[value.data().get()];
    // Another object may have taken the place of one that is gone.
    if (known.object.lock() != value.data()) known = {value.data(), ++last_number};
    return fmt::format("object {}", known.number);
  }

  void hold(const std::string& name, Value value) {
    const std::scoped_lock lock(mutex);
    Entry& entry = values[name];
    std::swap(entry.value, value);  // a former one dies with the argument, after the lock
    ++entry.uses;
  }

  void release(const std::vector<std::string>& names) {
    std::vector<Value> last;  // dies after the lock: what frees a value may wait for others
    const std::scoped_lock lock(mutex);
    for (const std::string& name : names) {
      const auto found = values.find(name);
      if (--found->second.uses > 0) continue;
      last.push_back(std::move(found->second.value));
      values.erase(found);
    }
    std::erase_if(objects, [](const auto& entry) { return entry.second.object.expired(); });
  }

  Value find(const std::string& name) {
    const std::scoped_lock lock(mutex);
    const auto found = values.find(name);
    if (found == values.end()) {
      throw Error(ErrorCode::run, "the value that was given to the graph is gone",
                  "keep it until the run has ended");
    }
    return found->second.value;
  }
};

class GivenValues::Given final : public NodeType {
 public:
  explicit Given(std::shared_ptr<Table> table) : table_(std::move(table)) {
    schema_.type = "calotype.Given";
    schema_.summary = "Hands out a value that the program gave to the graph.";
    for (const char* name : {"type", "content"}) {
      ParamSchema param;
      param.name = name;
      param.doc = name == std::string_view("type") ? "Port type of the value."
                                                   : "Digest of the value, or its number.";
      param.required = true;
      schema_.params.push_back(std::move(param));
    }
    schema_.outputs.push_back(
        {"value", std::string(kAnyType), "The value.", false, false, {}, "type"});
  }

  const NodeSchema& schema() const override { return schema_; }
  std::span<const PortType* const> port_types() const override { return {}; }
  std::vector<Value> run(const NodeCall& call) const override {
    return {table_->find(std::get<std::string>(call.params[1]))};
  }

 private:
  NodeSchema schema_;
  std::shared_ptr<Table> table_;
};

GivenValues::GivenValues(Registry& registry) : table_(std::make_shared<Table>()) {
  registry.add_linked({std::string(kPlugin), "1", "", true}, [&](Registrar& registrar) {
    registrar.add_node(std::make_shared<const Given>(table_));
  });
}

GivenValues::Bound GivenValues::bind(Graph graph, const std::map<std::string, Value>& values) {
  auto names = std::make_shared<std::vector<std::string>>();
  replace_inputs(graph, values, [&](GraphNode& node, const Value& value) {
    const std::string content = table_->name_of(value);
    node.type = "calotype.Given";
    set_param(node, "content", content);
    table_->hold(content, value);
    names->push_back(content);
  });
  std::shared_ptr<const void> held(
      names.get(), [table = table_, names](const void*) { table->release(*names); });
  return {std::move(graph), std::move(held)};
}

GivenValues::Bound GivenValues::bind_as_files(Graph graph,
                                              const std::map<std::string, Value>& values) {
  auto folder = std::make_shared<const TemporaryFolder>();
  replace_inputs(graph, values, [&](GraphNode& node, const Value& value) {
    const std::filesystem::path file = folder->path() / (node.id + ".safetensors");
    TensorArchive archive = save_value(value);
    archive.metadata["port_type"] = value.type()->name;
    write_safetensors(file, archive);
    node.type = "LoadTensor";
    set_param(node, "path", file.string());
  });
  return {std::move(graph), std::move(folder)};
}

}  // namespace calotype
