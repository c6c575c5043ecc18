/// Node types whose code is a Python function.
#include <pybind11/stl.h>

#include <utility>

#include "calotype/schema_json.h"
#include "calotype/types.h"
#include "module.h"

namespace calotype::python {

namespace {

/// What a Python node may ask of its run. Valid while the node runs.
struct PyContext {
  const RunContext* context;
};

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

/// Calls `function(inputs, params, context)`: inputs are lists of values by port, params a list by
/// the schema's order; it returns a list of values, one per output.
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
  std::vector<std::shared_ptr<PyValue>> call_python(const NodeCall& call) const {
    try {
      py::list inputs;
      for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        py::list values;
        for (const Value& value : call.inputs[i]) {
          values.append(std::make_shared<PyValue>(
              PyValue{OutputValue(schema_.inputs[i].type, value), registry_.lock()}));
        }
        inputs.append(std::move(values));
      }
      py::list params;
      for (const ParamValue& value : call.params) params.append(from_param(value));
      return function_(inputs, params, PyContext{&call.context})
          .cast<std::vector<std::shared_ptr<PyValue>>>();
    } catch (py::error_already_set& error) {
      call.context.check_cancelled();
      const std::string text = std::string(py::str(error.type().attr("__name__"))) + ": " +
                               std::string(py::str(error.value()));
      keep_cause(text, error);
      throw Error(ErrorCode::run, text, "the exception's __cause__ has the traceback");
    }
  }

  NodeSchema schema_;
  py::object function_;
  std::weak_ptr<PyRegistry> registry_;  ///< it owns this node
  std::vector<const PortType*> types_;
};

/// Replaces a Python node of the same type, so that a cell of a notebook can be run again.
void add_python_node(const std::shared_ptr<PyRegistry>& registry, const std::string& schema_json,
                     py::object function) {
  std::vector<NodeSchema> schemas = schemas_from_json(schema_json);
  NodeSchema& schema = schemas.at(0);
  const PluginInfo plugin{"python." + schema.type, "1", "", true};
  auto node = std::make_shared<const PythonNode>(std::move(schema), std::move(function), registry);
  const py::gil_scoped_release released;
  registry->registry->remove_linked(plugin.id);
  registry->registry->add_linked(
      plugin, [&](Registrar& registrar) { registrar.add_node(std::move(node)); });
}

}  // namespace

void bind_python_node(py::module_& m) {
  py::class_<PyContext>(m, "RunContext", "What a Python node may ask of the run it is part of.")
      .def_property_readonly("cancelled", [](const PyContext& c) { return c.context->cancelled(); })
      .def("check_cancelled", [](const PyContext& c) { c.context->check_cancelled(); })
      .def(
          "progress",
          [](const PyContext& c, std::int64_t step, std::int64_t steps) {
            const py::gil_scoped_release released;
            c.context->progress(step, steps);
          },
          py::arg("step"), py::arg("steps"))
      .def(
          "warn",
          [](const PyContext& c, const std::string& text) {
            const py::gil_scoped_release released;
            c.context->warn(text);
          },
          py::arg("text"));
  m.def("add_python_node", &add_python_node, py::arg("registry"), py::arg("schema"),
        py::arg("function"));
}

}  // namespace calotype::python
