/// Node types whose code is a Python function.
#include <pybind11/stl.h>

#include <utility>

#include "calotype/schema_json.h"
#include "calotype/types.h"
#include "module.h"
#include "node_context.h"
#include "raised_exception.h"

namespace calotype::python {

namespace {

const PortType& port_type_of(PyRegistry& registry, const std::string& name) {
  for (const PortType* type :
       {&PortTraits<Image>::type(), &PortTraits<Mask>::type(), &PortTraits<Latent>::type(),
        &PortTraits<DepthMap>::type(), &PortTraits<Noise>::type(), &PortTraits<Region>::type()}) {
    if (type->name == name) return *type;
  }
  if (const PortType* type = registry.registry->find_port_type(name)) return *type;
  const std::string near = suggest(name, registry.registry->port_type_names());
  throw Error(ErrorCode::plugin, "no plugin has port type " + quote(name),
              near.empty() ? "" : "did you mean " + quote(near) + "?");
}

/// Of Python's own, which NumPy's derives from, or of torch.
bool is_out_of_memory(const py::error_already_set& error) {
  return error.matches(PyExc_MemoryError) ||
         error.matches(py::module_::import("torch").attr("OutOfMemoryError"));
}

/// Calls `function(registry, inputs, params, context)`: inputs are lists of values by port, params
/// a list by the schema's order; it returns a list of values, one per output.
class PythonNode final : public NodeType {
 public:
  PythonNode(NodeSchema schema, py::object function, const std::shared_ptr<PyRegistry>& registry)
      : schema_(std::move(schema)), function_(std::move(function)), registry_(registry) {
    for (const auto* ports : {&schema_.inputs, &schema_.outputs}) {
      for (const PortSchema& port : *ports) types_.push_back(&port_type_of(*registry, port.type));
    }
  }
  ~PythonNode() override {
    // The last engine may go when the interpreter has ended.
    if (!Py_IsInitialized()) {
      (void)function_.release();
      return;
    }
    const py::gil_scoped_acquire gil;
    function_ = py::object();
  }
  PythonNode(const PythonNode&) = delete;
  PythonNode& operator=(const PythonNode&) = delete;

  const NodeSchema& schema() const override { return schema_; }
  std::span<const PortType* const> port_types() const override { return types_; }

  std::vector<Value> run(const NodeCall& call) const override {
    std::vector<Value> results;
    std::vector<std::shared_ptr<PyValue>> returned;
    {
      const py::gil_scoped_acquire gil;
      returned = call_python(call);
    }
    for (const auto& value : returned) results.push_back(value->value.value());
    return results;
  }

 private:
  /// With the GIL.
  std::vector<std::shared_ptr<PyValue>> call_python(const NodeCall& call) const {
    const auto context = std::make_shared<NodeContext>(call.context);
    const std::shared_ptr<void> ended(nullptr, [&](void*) {
      const py::gil_scoped_release released;
      context->end();
    });
    try {
      const std::shared_ptr<PyRegistry> registry = registry_.lock();
      return function_(registry, inputs_of(call, registry), params_of(call), context)
          .cast<std::vector<std::shared_ptr<PyValue>>>();
    } catch (const py::error_already_set& error) {
      call.context.check_cancelled();
      const Error failure =
          Error(ErrorCode::run, text_of(error), "the exception's __cause__ has the traceback")
              .with_cause(cause_from(error));
      if (is_out_of_memory(error)) throw OutOfMemory(failure);
      throw Error(failure);
    }
  }

  py::list inputs_of(const NodeCall& call, const std::shared_ptr<PyRegistry>& registry) const {
    py::list inputs;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      py::list values;
      for (const Value& value : call.inputs[i]) {
        values.append(std::make_shared<PyValue>(
            PyValue{OutputValue(schema_.inputs[i].type, value), registry}));
      }
      inputs.append(std::move(values));
    }
    return inputs;
  }

  static py::list params_of(const NodeCall& call) {
    py::list params;
    for (const ParamValue& value : call.params) params.append(from_param(value));
    return params;
  }

  NodeSchema schema_;
  py::object function_;
  std::weak_ptr<PyRegistry> registry_;  ///< it owns this node
  std::vector<const PortType*> types_;
};

std::string plugin_of(const std::string& type) { return "python." + type; }

/// Takes a Python node out. Call without the GIL. The node is returned because its end needs the
/// GIL, which nobody may wait for while the registry is locked.
std::shared_ptr<const NodeType> take_out(Registry& registry, const std::string& type) {
  const NodeSchema* schema = registry.schema(type);
  if (!schema || schema->plugin != plugin_of(type)) return {};
  std::shared_ptr<const NodeType> node = registry.node(type);
  registry.remove_linked(plugin_of(type));
  return node;
}

/// Replaces a Python node of the same type, so that a cell of a notebook can be run again.
void add_python_node(const std::shared_ptr<PyRegistry>& registry, const std::string& schema_json,
                     py::object function) {
  std::vector<NodeSchema> schemas = schemas_from_json(schema_json);
  NodeSchema& schema = schemas.at(0);
  const std::string type = schema.type;
  auto node = std::make_shared<const PythonNode>(std::move(schema), std::move(function), registry);
  const py::gil_scoped_release released;
  const std::shared_ptr<const NodeType> former = take_out(*registry->registry, type);
  registry->registry->add_linked({plugin_of(type), "1", "", true}, [&](Registrar& registrar) {
    registrar.add_node(std::move(node));
  });
}

/// Runs that have begun keep the nodes that they need.
void drop_python_nodes(const PyRegistry& registry) {
  const py::gil_scoped_release released;
  std::vector<std::string> types;
  for (const NodeSchema* schema : registry.registry->schemas()) types.push_back(schema->type);
  for (const std::string& type : types) (void)take_out(*registry.registry, type);
}

}  // namespace

void bind_python_node(py::module_& m) {
  m.def("add_python_node", &add_python_node, py::arg("registry"), py::arg("schema"),
        py::arg("function"));
  m.def("drop_python_nodes", &drop_python_nodes, py::arg("registry"));
}

}  // namespace calotype::python
