/// Graph files and registries.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <utility>

#include "calotype/atomic_file.h"
#include "calotype/graph_json.h"
#include "calotype/plugin.h"
#include "calotype/schema_docs.h"
#include "calotype/schema_json.h"
#include "calotype/validate.h"
#include "image_file/picture_graph.h"
#include "module.h"

namespace calotype::python {

namespace {

std::shared_ptr<PyRegistry> make_registry(const std::vector<std::filesystem::path>& plugin_dirs,
                                          const std::filesystem::path& own_plugins,
                                          const std::filesystem::path& registry_cache) {
  auto made = std::make_shared<PyRegistry>();
  made->registry = std::make_shared<Registry>();
  PluginSearch search = default_plugin_search(plugin_dirs, registry_cache);
  search.directories.push_back(own_plugins);  // the program is Python, not ours
  made->problems = discover_plugins(*made->registry, search);
  made->given = std::make_unique<GivenValues>(*made->registry);
  return made;
}

/// All but the node type that hands out given values.
std::vector<const NodeSchema*> public_schemas(const Registry& registry) {
  std::vector<const NodeSchema*> schemas = registry.schemas();
  std::erase_if(schemas, [](const NodeSchema* s) { return s->plugin == GivenValues::kPlugin; });
  return schemas;
}

py::list plugins_of(const PyRegistry& r) {
  py::list all;
  for (const PluginInfo& plugin : r.registry->plugins()) {
    if (plugin.id == GivenValues::kPlugin) continue;
    py::dict one;
    one["id"] = plugin.id;
    one["version"] = plugin.version;
    one["library"] = plugin.library;
    one["open"] = plugin.open;
    all.append(std::move(one));
  }
  return all;
}

py::list to_list(const std::vector<Diagnostic>& diagnostics) {
  py::list list;
  for (const Diagnostic& d : diagnostics) list.append(from_diagnostic(d));
  return list;
}

std::string help_of(const PyRegistry& r, const std::string& type) {
  const NodeSchema* schema = r.registry->schema(type);
  if (!schema) {
    std::vector<std::string> types;
    for (const NodeSchema* s : public_schemas(*r.registry)) types.push_back(s->type);
    const std::string near = suggest(type, types);
    throw Error(ErrorCode::graph, "no plugin has node type " + quote(type),
                near.empty() ? "" : "did you mean " + quote(near) + "?");
  }
  return node_help(*schema);
}

}  // namespace

void bind_graph(py::module_& m) {
  py::class_<Graph, std::shared_ptr<Graph>>(m, "Graph", "A parsed graph file; immutable.")
      .def("text", &format_graph, "Canonical text of the graph file.")
      .def_property_readonly("about", [](const Graph& g) { return g.about; })
      .def_property_readonly(
          "inputs",
          [](const Graph& g) {
            py::list inputs;
            for (const GraphInput& i : g.inputs) {
              inputs.append(py::make_tuple(i.name, i.type, from_param(i.default_value)));
            }
            return inputs;
          })
      .def_property_readonly("outputs", [](const Graph& g) {
        py::list outputs;
        for (const GraphOutput& o : g.outputs) {
          outputs.append(py::make_tuple(o.name, o.from.node + "." + o.from.port));
        }
        return outputs;
      });
  m.def("parse_graph", &parse_graph, py::arg("text"), py::arg("file") = "");
  m.def("read_graph", &read_graph_or_picture, py::arg("path"));
  m.def(
      "write_graph",
      [](const std::filesystem::path& path, const Graph& graph) {
        AtomicFile file(path);
        file.write(format_graph(graph));
        file.commit();
      },
      py::arg("path"), py::arg("graph"));
  m.def(
      "validate",
      [](const PyRegistry& r, const Graph& graph) {
        std::vector<Diagnostic> warnings;
        (void)validate(graph, *r.registry, {}, &warnings);
        return to_list(warnings);
      },
      py::arg("registry"), py::arg("graph"), "Warnings; raises GraphError.");
  m.def("suggest", &suggest, py::arg("word"), py::arg("candidates"));

  py::class_<PyRegistry, std::shared_ptr<PyRegistry>>(m, "Registry", "The plugins found.")
      .def(py::init(&make_registry), py::arg("plugin_dirs"), py::arg("own_plugins"),
           py::arg("registry_cache"), py::call_guard<py::gil_scoped_release>())
      .def("schemas",
           [](const PyRegistry& r) { return schemas_to_json(public_schemas(*r.registry)); })
      .def("stubs", [](const PyRegistry& r) { return python_stubs(*r.registry); })
      .def("node_help", &help_of, py::arg("type"))
      .def("port_types", [](const PyRegistry& r) { return r.registry->port_type_names(); })
      .def("plugins", &plugins_of)
      .def_property_readonly("problems", [](const PyRegistry& r) { return to_list(r.problems); });
}

}  // namespace calotype::python
